"""Security 19: what is too big, too deep or cannot be stored is refused, by every operation."""

import json

import pytest
from flask import Flask

from tests.callers import Caller, People
from tests.notifications.mailbox import JSON, create, created, read_one
from tests.security.operations import Operation, operations

BODY_LIMIT, DEPTH_LIMIT, PAGE_LIMIT, RECIPIENTS_LIMIT = 256 * 1024, 20, 100, 1000
IDS = ("notification_id", "event_id", "preference_id", "device_id", "token_id", "user_id")
NAMES = {**dict.fromkeys(IDS, 1), "key": "x"}
UNSTORABLE = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "minus Infinity": "-Infinity",
    "overflowing float": "1e999",
    "65 bits": "18446744073709551616",
    "just beyond 64 bits": "9223372036854775808",
    "negative beyond 64 bits": "-9223372036854775809",
    "five thousand digits": "9" * 5000,
    "lone high surrogate": '"\\ud800"',
    "lone low surrogate": '"\\udc00 "',
    "surrogates in the wrong order": '"\\udc00\\ud800"',
    "NUL": '"\\u0000"',
    "NUL in a key": '{"\\u0000": 1}',
    "surrogate in a key": '{"\\ud800": 1}',
    "21 levels": "[" * 20 + "]" * 20,
    "3,000 levels of lists": "[" * 3000 + "]" * 3000,
    "3,000 levels of objects": '{"a":' * 3000 + "1" + "}" * 3000,
}


def raw(caller: Caller, operation: Operation, body: str) -> int:
    path = operation.path.format(**NAMES)
    headers = {**JSON, **operation.proof(body)}
    response = caller.send(operation.method, path, data=body.encode(), headers=headers)
    assert response.mimetype == "application/problem+json", (operation, body[:50])
    return response.status_code


@pytest.fixture
def writing(app: Flask) -> list[Operation]:
    """Every operation that takes a body and is there already."""
    found = [o for o in operations(app) if o.takes_body]
    assert len(found) > 20
    return found


def test_no_operation_takes_what_cannot_be_stored(people: People, writing: list[Operation]):
    for operation in writing:
        good = json.dumps(operation.body)[1:-1]
        for name, value in UNSTORABLE.items():
            for body in (value, f'{{"extra": {value}}}', f'{{"extra": {value}{", " if good else ""}{good}}}'):
                assert raw(people.admin, operation, body) == 422, (operation, name)


def test_no_operation_takes_more_than_256_kib(people: People, writing: list[Operation]):
    for operation in writing:
        assert raw(people.admin, operation, json.dumps({"extra": "x" * BODY_LIMIT})) == 413, operation


def test_a_body_may_be_as_large_as_the_limit(people: People):
    body = {"notification_type": "announcement", "title": "A", "message": "B", "recipient": people.member.id}
    empty = len(json.dumps({**body, "data": {"x": ""}}))
    for extra, status in ((0, 201), (1, 413)):
        text = json.dumps({**body, "data": {"x": "y" * (BODY_LIMIT - empty + extra)}})
        assert len(text) == BODY_LIMIT + extra
        assert people.admin.send("POST", "notifications/", data=text, headers=JSON).status_code == status


def test_a_body_may_be_as_deep_as_the_limit(people: People):
    def nested(levels: int) -> object:
        return [nested(levels - 1)] if levels > 1 else []

    for levels, status in ((DEPTH_LIMIT - 2, 201), (DEPTH_LIMIT - 1, 422)):
        data = {"x": nested(levels)}  # the body and `data` are two levels more
        response = create(people.admin, recipient=people.member.id, data=data)
        assert response.status_code == status, levels
    response = create(people.admin, recipient=people.member.id, data={"x": nested(DEPTH_LIMIT - 2)})
    assert read_one(people.member, response.get_json()["id"])["data"] == {"x": nested(DEPTH_LIMIT - 2)}


def test_lists_have_a_hundred_rows_a_page_at_most(app: Flask, people: People):
    lists = [o for o in operations(app) if o.method == "GET" and not o.parameters]
    paged = 0
    for operation in lists:
        answer = people.admin.get(f"{operation.path}?page_size={PAGE_LIMIT}")
        if answer.status_code == 200:
            paged += 1
            for size in ("101", "0", "-1", "1000000000000000000000", "1e2", "100.0", "NaN", "", "%00"):
                assert people.admin.get(f"{operation.path}?page_size={size}").status_code == 422, operation
    assert paged > 5


def test_a_thousand_recipients_by_id_at_most(people: People):
    many = list(range(10**6, 10**6 + RECIPIENTS_LIMIT - 1))
    assert created(people.admin, recipients=[people.member.id, *many])["total"] == 1
    assert create(people.admin, recipients=[people.member.id, *many, 5]).status_code == 422


def test_times_that_no_database_can_hold_are_refused(people: People):
    for time in (
        "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z",
        "2199-02-30T00:00:00Z", "2199-01-01T25:00:00Z", "2199-01-01T00:00:00+99:00", "-2199-01-01T00:00:00Z",
    ):  # fmt: skip
        for field in ("send_at", "expires_at"):
            response = create(people.admin, recipient=people.member.id, **{field: time})
            assert response.status_code == 422, (field, time)
        assert people.member.get(f"notifications/?created_after={time}").status_code == 422, time


def test_ids_end_at_64_bits(people: People):
    for number in (2**63, 2**64, 10**30):
        assert people.admin.get(f"notifications/{number}/").status_code == 404
        assert people.admin.get(f"notifications/?recipient={number}").status_code == 422
        assert create(people.admin, recipient=number).status_code == 422
    assert people.admin.get(f"notifications/{2**63 - 1}/").status_code == 404
