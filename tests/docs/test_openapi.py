"""The OpenAPI document: valid, complete, public, and true of what the API answers."""

import copy
import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.callers import Caller, People, make_people

pytestmark = pytest.mark.sqlite_only

PUBLIC = {"/api/auth/token/": {"post"}, "/api/notifications/email/events/": {"post"}}
UNDOCUMENTED = {"/api/docs", "/api/openapi.json", "/api/notifications/stream/"}
Document = dict[str, Any]


@pytest.fixture
def document(client: FlaskClient) -> Document:
    response = client.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    answer: Document = response.get_json()
    return answer


def operations(document: Document) -> list[tuple[str, str, Document]]:
    """Return path, method and operation of each."""
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def test_it_is_valid(document: Document) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_route_of_the_api_is_in_it(app: Flask, document: Document) -> None:
    described = {(path, method) for path, method, _ in operations(document)}
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.rule not in UNDOCUMENTED
    }
    assert described == routes


def test_every_operation_has_a_name_of_its_own_and_a_summary(document: Document) -> None:
    named = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(named)) == len(named)
    assert all(operation["summary"] for _, _, operation in operations(document))


def test_every_operation_says_who_may_call(document: Document) -> None:
    for path, method, operation in operations(document):
        schemes = {scheme for way in operation["security"] for scheme in way}
        expected = set() if method in PUBLIC.get(path, ()) else {"bearer", "session"}
        assert schemes == expected, (path, method)
    assert set(document["components"]["securitySchemes"]) == {"bearer", "session"}


def test_every_operation_names_its_errors(document: Document) -> None:
    for path, method, operation in operations(document):
        expected = {"422", "429", "503", "default"}
        expected |= {"401", "403"} if operation["security"] else set()
        expected |= {"404"} if "{" in path else set()
        expected |= {"400", "415"} if method != "get" else {"304"}
        missing = expected - set(operation["responses"])
        assert missing <= ({"304"} if "501" in operation["responses"] else set()), (path, method)


def test_every_error_is_a_problem(document: Document) -> None:
    shared = document["components"]["responses"]
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            if status == "default" or status >= "400":
                shown = shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
                assert set(shown["content"]) == {"application/problem+json"}, (path, method, status)


def test_what_can_be_changed_under_a_condition_says_so(document: Document) -> None:
    item = document["paths"]["/api/notifications/notifications/{notification_id}/"]
    for method in ("put", "patch", "delete"):
        assert "412" in item[method]["responses"]
        assert {"$ref": "#/components/parameters/IfMatch"} in item[method]["parameters"]


def test_it_is_public_and_compared_by_its_etag(client: FlaskClient) -> None:
    first = client.get("/api/openapi.json")
    again = client.get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def check(document: Document, operation: Document, response: TestResponse) -> None:
    """Compare an answer with what the document says of it; what it does not name is wrong here."""
    described = operation["responses"][str(response.status_code)]
    if response.status_code == 204:
        assert not response.data
        return
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rpartition("/")[2]]
    schema = described["content"][response.mimetype]["schema"]
    components = copy.deepcopy(document["components"])
    for known in components["schemas"].values():
        if known.get("type") == "object" and "properties" in known:
            known.setdefault("additionalProperties", False)
    jsonschema_rs.validator_for({**schema, "components": components}, validate_formats=True).validate(
        response.get_json()
    )


@pytest.fixture
def people(app: Flask, db_session: object) -> People:
    return make_people(app)


def fill(people: People) -> dict[str, int | str]:
    """Create one of everything, and return the ids that paths take."""
    member, admin = people.member, people.admin

    def made(response: TestResponse) -> Any:
        assert response.status_code in (200, 201), response.text
        return response.get_json()

    words = {"title": "A title", "message": "A message", "action_url": "/teams/1", "data": {"a": [1, None]}}
    notification = made(
        admin.post(
            "notifications/",
            {"notification_type": "announcement", "recipient": member.id, "actor": admin.id, **words},
        )
    )
    choice = {"notification_type": "comment", "channel": "email", "enabled": False}
    topic = {"key": "rust", "label": {"fr": "Rust", "en": "Rust"}, "open": True}
    made(admin.post("topics/", topic))
    made(member.put("topics/rust/subscription/", {}))
    device = {"kind": "fcm", "token": "abc123"}
    return {
        "notification_id": notification["id"],
        "event_id": notification["event"],
        "preference_id": made(member.post("preferences/", choice))["id"],
        "device_id": made(member.post("devices/", device))["id"],
        "token_id": made(member.post("/api/auth/tokens/", {"name": "Phone"}))["id"],
        "user_id": member.id,
        "channel": "email",
        "address": "nobody@example.org",
        "key": "rust",
    }


def send(caller: Caller, method: str, path: str, ids: dict[str, int | str]) -> TestResponse:
    return caller.send(method.upper(), path.format(**ids))


def test_answers_are_what_it_says(people: People, document: Document) -> None:
    ids = fill(people)
    ok = 0
    for path, method, operation in operations(document):
        if method == "get":
            for caller in (people.member, people.admin, people.stranger):
                response = send(caller, method, path, ids)
                check(document, operation, response)
                ok += response.status_code == 200
    assert ok >= 30


def test_actions_answer_what_it_says(people: People, document: Document) -> None:
    ids = fill(people)
    done = {"mark_as_read", "mark_as_unread", "mark_as_seen", "archive", "unarchive", "unsnooze"}
    for path, method, operation in operations(document):
        last = path.rstrip("/").rpartition("/")[2]
        if method == "post" and last in done | {"mark_all_as_read"}:
            response = send(people.member, method, path, ids)
            assert response.status_code == 200
            check(document, operation, response)


def test_every_unsafe_operation_refuses_as_it_says(people: People, document: Document) -> None:
    ids = {**fill(people), "notification_id": 10**15}
    for path, method, operation in operations(document):
        if method == "get":
            continue
        for headers in ({"Content_Type": "text/plain"}, {"Content_Type": "application/json"}):
            caller = people.stranger if path == "/api/auth/token/" else people.other
            response = caller.send(method.upper(), path.format(**ids), data="{", headers=headers)
            assert response.status_code in (400, 401, 403, 404, 415, 501), (path, method, response.text)
            check(document, operation, response)
