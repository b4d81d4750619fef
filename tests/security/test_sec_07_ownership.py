"""Security 7: someone else's things and unknown ones are the same 404, whatever is done to them."""

from typing import Any

import pytest
from flask import Flask

from tests.callers import Caller, People, make_caller
from tests.notifications.mailbox import created, newest
from tests.security.operations import operations
from tests.topics.conftest import make_topic, put_into

UNKNOWN = 10**12
MEMBERS = {"get_user", "change_user", "lift_suppression"}
TOPICS = {"change_topic", "list_members", "add_member", "remove_member"}
OF_OTHER_ROLES = {"member": MEMBERS | TOPICS, "organiser": MEMBERS, "admin without the scope": MEMBERS}
"""What a role may do to nobody's: there a 403 tells nothing."""


def belongings(owner: Caller, admin: Caller) -> dict[str, Any]:
    """Give a member one of everything that a path may name, and return the names."""
    event = created(owner, recipients=[owner.id, admin.id], object="project:12")["id"]
    choice = {"notification_type": "comment", "channel": "email", "enabled": False}
    make_topic(admin, "jury", open=False)
    put_into(admin, "jury", owner)
    return {
        "event_id": event,
        "notification_id": newest(owner),
        "preference_id": owner.post("preferences/", choice).get_json()["id"],
        "device_id": owner.post("devices/", {"kind": "fcm", "token": "token"}).get_json()["id"],
        "token_id": owner.post("/api/auth/tokens/", {"name": "Mine"}).get_json()["id"],
        "user_id": owner.id,
        "channel": "email",
        "address": "nobody@example.org",
        "key": "jury",
    }


def everything(owner: Caller) -> list[Any]:
    """Return all that a member can see of their own."""
    paths = (
        "notifications/?archived=false", "notifications/?archived=true", "notifications/unread_count/",
        "preferences/", "devices/", "topics/", "topics/subscriptions/", "/api/auth/tokens/", "/api/auth/me/",
    )  # fmt: skip
    return [owner.get(path).get_json() for path in paths]


@pytest.mark.parametrize("role", OF_OTHER_ROLES)
def test_others_things_are_unknown_whatever_is_done_to_them(app: Flask, people: People, role: str):
    owner = make_caller(app, scopes=("read", "write", "send"))
    theirs = belongings(owner, people.admin)
    before = everything(owner), owner.get(f"events/{theirs['event_id']}/").get_json()
    intruder = make_caller(app, role.split()[0], ("read", "write", "send"))
    with_ids = [operation for operation in operations(app) if operation.parameters]
    assert len(with_ids) > 20
    for operation in with_ids:
        unknown_names = {**dict.fromkeys(theirs, UNKNOWN), "key": "unknown"}
        foreign, unknown = (
            intruder.send(operation.method, operation.path.format(**names), json=operation.body)
            for names in (theirs, unknown_names)
        )
        assert foreign.status_code == unknown.status_code, operation
        assert foreign.get_json() == unknown.get_json(), operation
        expected = 403 if operation.name in OF_OTHER_ROLES[role] else 404
        assert foreign.status_code == expected, operation
    assert before == (everything(owner), owner.get(f"events/{theirs['event_id']}/").get_json())


def test_lists_and_bulk_actions_reach_nobody_elses(app: Flask, people: People):
    owner = make_caller(app, scopes=("read", "write", "send"))
    theirs = belongings(owner, people.admin)
    before = everything(owner)
    intruder = make_caller(app, scopes=("read", "write", "send"))
    number = theirs["notification_id"]
    for path, body in (
        ("notifications/mark_all_as_read/", {}),
        ("notifications/bulk/", {"action": "delete", "ids": [number]}),
        ("notifications/bulk/", {"action": "archive", "filters": {}}),
        ("events/retract/", {"object": "project:12"}),
        ("preferences/toggle_all/", {"enabled": False, "channel": "email"}),
    ):
        assert intruder.post(path, body).status_code == 200
    assert intruder.delete("notifications/delete_all_read/").get_json() == {"deleted": 0}
    assert intruder.post("notifications/mark_all_as_read/", {"up_to": number}).status_code == 422
    assert everything(owner) == before
    for path, name in (
        ("notifications/", "notification_id"),
        ("preferences/", "preference_id"),
        ("devices/", "device_id"),
        ("/api/auth/tokens/", "token_id"),
        ("topics/", "key"),
    ):
        shown = intruder.get(path).get_json()["results"]
        assert theirs[name] not in [item.get("id", item.get("key")) for item in shown], path


def test_a_stranger_is_told_nothing(app: Flask, people: People):
    theirs = belongings(make_caller(app, scopes=("read", "write", "send")), people.admin)
    for operation in operations(app):
        path = operation.path.format(**theirs)
        response = people.stranger.send(operation.method, path, json=operation.body)
        expected = 422 if operation.name == "sign_in" else 401
        assert response.status_code in (expected, 401), operation
