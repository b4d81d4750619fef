"""Bodies and queries that no client of ours sends: each is refused in its way, none is a 500."""

import json

import pytest

from tests.callers import Caller, People
from tests.notifications.endpoints import ENDPOINTS, READS, WITH_BODY, WITHOUT_BODY, WRITES, Endpoint
from tests.notifications.mailbox import JSON, read_one, receive

# Refused before a database is asked; what a database itself refuses, all operations are tried with elsewhere.
pytestmark = pytest.mark.sqlite_only

DEEP = 3_000
MALFORMED = ["{", '{"a": }', "[1, 2", '"text', "nul", "{'a': 1}", '{"a": 1,}', "{} {}", "\ufeff{}", " "]
NOT_UTF8 = [b"\xff\xfe", b'{"title": "\xe9"}', '{"a": 1}'.encode("utf-16")]
NO_OBJECTS = ["null", "true", "5", '"text"', "[]", "[{}]", "1.5"]
INVALID = [
    "[" * DEEP + "]" * DEEP,
    '{"data":' * DEEP + "1" + "}" * DEEP,
    "[" * 100_000,
    '{"data": NaN}',
    '{"data": {"x": Infinity}}',
    '{"data": [-Infinity]}',
    '{"title": "\\ud800"}',
    '{"title": "\\udfff\\ud800"}',
    '{"title": "a\\u0000b"}',
    '{"\\u0000": 1}',
    '{"\\ud800": 1}',
    '{"data": {"n": 9223372036854775808}}',
    '{"data": {"n": 1e400}}',
    '{"data": {"n": -1e400}}',
    '{"data": ' + "9" * 5000 + "}",
    json.dumps({"unknown": 1}),
    json.dumps({"": 1}),
    json.dumps({"__proto__": {}, "constructor": None}),
    json.dumps({f"field{n}": n for n in range(5_000)}),
]


def call(caller: Caller, endpoint: Endpoint, number: int, body: object) -> int:
    """Send a raw body and return the status; every refusal must be a problem document."""
    response = caller.send(endpoint.method, endpoint.path.format(number), data=body, headers=JSON)
    assert response.mimetype == "application/problem+json", (endpoint, body)
    assert response.get_json()["status"] == response.status_code
    return response.status_code


@pytest.fixture
def number(people: People) -> int:
    return receive(people.admin)


@pytest.mark.parametrize("endpoint", WRITES, ids=str)
def test_bodies_that_are_no_json_are_400(people: People, number: int, endpoint: Endpoint):
    for body in (*MALFORMED, *NOT_UTF8):
        assert call(people.admin, endpoint, number, body) == 400, body


@pytest.mark.parametrize("endpoint", WRITES, ids=str)
def test_json_that_means_nothing_here_is_422(people: People, number: int, endpoint: Endpoint):
    before = read_one(people.admin, number)
    for body in (*NO_OBJECTS, *INVALID):
        assert call(people.admin, endpoint, number, body) == 422, body[:80]
    assert read_one(people.admin, number) == before


@pytest.mark.parametrize("endpoint", WRITES, ids=str)
def test_bodies_in_another_format_are_415(people: People, number: int, endpoint: Endpoint):
    path = endpoint.path.format(number)
    for kind in (
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/xml", "application/problem+json", "text/json", "x",
    ):  # fmt: skip
        headers = {"Content_Type": kind}
        response = people.admin.send(endpoint.method, path, data='{"is_read": true}', headers=headers)
        assert response.status_code == 415, kind
    response = people.admin.send(endpoint.method, path, data="{}")
    assert response.status_code == 415


@pytest.mark.parametrize("endpoint", WRITES, ids=str)
def test_a_body_beyond_its_limit_is_413(people: People, number: int, endpoint: Endpoint):
    assert call(people.admin, endpoint, number, json.dumps({"title": "x" * 256 * 1024})) == 413


def test_where_no_body_is_needed_none_is_asked_for(people: People):
    for endpoint in (*WITHOUT_BODY, Endpoint("POST", "notifications/mark_all_as_read/")):
        number = receive(people.admin)
        event = read_one(people.admin, number)["event"]
        path = endpoint.path.format(event if endpoint.path.startswith("events") else number)
        for headers in ({}, JSON, {"Content_Type": "application/json; charset=utf-8"}):
            response = people.admin.send(endpoint.method, path, headers=headers)
            assert response.status_code in (200, 204, 404, 409), endpoint
    for endpoint in WITH_BODY:
        response = people.admin.send(endpoint.method, endpoint.path.format(receive(people.admin)))
        assert response.status_code in (200, 404, 422), endpoint


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_unknown_query_parameters_are_422(people: People, number: int, endpoint: Endpoint):
    for query in ("unknown=1", "=", "a[]=1", "%00", "x=%00", "x=%ED%A0%80", "__proto__=1"):
        path = f"{endpoint.path.format(number)}?{query}"
        response = people.admin.send(endpoint.method, path, json=endpoint.body)
        assert response.status_code == 422, query
        assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if "{}" in e.path], ids=str)
def test_ids_that_are_none_are_404(people: People, endpoint: Endpoint):
    for text in ("0", "-1", "1.0", "1e3", "x", "%20", "%00", "null", "9223372036854775808", "9" * 400):
        response = people.admin.send(endpoint.method, endpoint.path.format(text), json=endpoint.body)
        assert response.status_code in (404, 405), text
        assert response.mimetype == "application/problem+json"


HEADERS = [
    {"If_None_Match": "x"},
    {"If_None_Match": '"' + "x" * 5000},
    {"If_None_Match": '*, W/"'},
    {"Accept": "text/html;q=x"},
    {"Accept_Language": "x" * 3000},
    {"Accept_Language": "fr;q=9, en;q=-1, *;q=nan"},
    {"Range": "bytes=0-5"},
    {"Cookie": "session=é; ui=x"},
    {"X_Forwarded_For": "x"},
    {"Idempotency_Key": "\x7f"},
    {"If_Modified_Since": "yesterday"},
]


def test_headers_of_any_kind_do_no_harm(people: People, number: int):
    for endpoint in READS:
        for headers in HEADERS:
            response = people.admin.send("GET", endpoint.path.format(number), headers=headers)
            assert response.status_code in (200, 206, 304, 404), (endpoint, headers)


def test_a_stale_if_match_is_a_problem_when_reading_too(people: People, number: int):
    for stale in ("nonsense", '"x"', 'W/"x"'):
        response = people.admin.get(f"notifications/{number}/", If_Match=stale)
        assert (response.status_code, response.mimetype) == (412, "application/problem+json")
