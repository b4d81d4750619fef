"""Security 8: what an operation does not name is refused, and a recipient changes reading state only."""

import json

from flask import Flask

from tests.callers import People, errors_of
from tests.notifications.mailbox import JSON, created, read_one
from tests.security.operations import operations

SURPLUS = {"id": 1, "user_id": 1, "role_": "admin", "is_admin": True, "__class__": "x", "sender_id": 1}
ELSEWHERE = {"notification_id", "event_id", "preference_id", "device_id", "token_id", "user_id"}
SUPPRESSED = {"channel": "email", "address": "nobody@example.org"}


def test_every_operation_refuses_fields_that_it_does_not_name(app: Flask, people: People):
    number = created(people.admin, recipient=people.admin.id)["id"]
    names = {**dict.fromkeys(ELSEWHERE, number), "user_id": people.admin.id, "key": "rust", **SUPPRESSED}
    tried = 0
    for operation in operations(app):
        if operation.method == "GET":
            continue
        tried += 1
        for field, value in SURPLUS.items():
            body = json.dumps({**(operation.body or {}), field: value})
            headers = {**JSON, **operation.proof(body)}
            response = people.admin.send(
                operation.method, operation.path.format(**names), data=body, headers=headers
            )
            if response.status_code in (501,):
                continue
            assert list(errors_of(response)) == [field], (operation, field)
    assert tried > 25


CONTENT = {
    "title": "x",
    "message": "x",
    "action_url": "/x",
    "data": {"x": 1},
    "priority": "urgent",
    "recipient": 1,
    "actor": 1,
    "notification_type": "comment",
    "topic": "x",
    "group_key": "x",
    "event": 1,
    "id": 1,
    "created_at": "2020-01-01T00:00:00Z",
    "surfaced_at": "2199-01-01T00:00:00Z",
    "expires_at": "2199-01-01T00:00:00Z",
    "read_at": "2020-01-01T00:00:00Z",
    "seen_at": None,
    "archived_at": None,
    "in_inbox": False,
    "deleted_at": None,
}


def test_a_recipient_changes_nothing_but_reading_state(people: People):
    number = created(people.admin, recipient=people.member.id)["id"]
    before = read_one(people.member, number)
    for field, value in CONTENT.items():
        for method in ("PUT", "PATCH"):
            body = {"is_read": True, field: value}
            response = people.member.send(method, f"notifications/{number}/", json=body)
            assert list(errors_of(response)) == [field], method
    assert read_one(people.member, number) == before


def test_a_sender_does_not_say_who_sends_or_what_became_of_it(people: People):
    body = {"notification_type": "announcement", "recipient": people.member.id, "title": "A", "message": "B"}
    for field in (
        "sender",
        "sender_id",
        "sender_id_",
        "status",
        "total",
        "audience",
        "is_read",
        "created_at",
    ):
        assert list(errors_of(people.admin.post("notifications/", {**body, field: 1}))) == [field]
