import base64
import json

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.models.audit_entry import AuditEntry
from tests.callers import Caller, People, errors_of, make_caller

CHOICE = {"notification_type": "comment", "channel": "email", "enabled": False}
LOCKED = {"notification_type": "account_security_alert", "channel": "email", "enabled": False}


def create(caller: Caller, **changes: object) -> dict:
    response = caller.post("preferences/", {**CHOICE, **changes})
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.get_json()


def cell(caller: Caller, notification_type: str, channel: str) -> dict:
    results = caller.get("preferences/my_preferences/").get_json()["results"]
    return next(c for c in results if (c["notification_type"], c["channel"]) == (notification_type, channel))


def test_a_stranger_is_let_nowhere(people: People):
    for method, path in [
        ("GET", "preferences/"),
        ("POST", "preferences/"),
        ("GET", "preferences/1/"),
        ("PUT", "preferences/1/"),
        ("PATCH", "preferences/1/"),
        ("DELETE", "preferences/1/"),
        ("GET", "preferences/my_preferences/"),
        ("POST", "preferences/update_preferences/"),
        ("POST", "preferences/toggle_all/"),
        ("GET", "preferences/settings/"),
        ("PATCH", "preferences/settings/"),
        ("POST", "preferences/simulate/"),
        ("GET", "types/"),
    ]:
        response = people.stranger.send(method, path)
        assert response.status_code == 401, (method, path)
        assert "WWW-Authenticate" in response.headers


def test_a_choice_is_stored_and_returned(people: People):
    created = create(people.member)
    assert created == {**CHOICE, "id": created["id"], "user": people.member.id, "frequency": "direct"}
    assert people.member.get(f"preferences/{created['id']}/").get_json() == created
    assert cell(people.member, "comment", "email")["enabled"] is False


def test_a_choice_is_stored_once(people: People):
    create(people.member)
    response = people.member.post("preferences/", CHOICE)
    assert response.status_code == 409
    assert response.mimetype == "application/problem+json"


def test_the_same_choice_of_another_member_is_their_own(people: People):
    create(people.member)
    assert create(people.other)["user"] == people.other.id


def test_every_channel_can_be_chosen_the_inbox_too(people: People):
    for channel in ("in_app", "email", "push"):
        assert create(people.member, channel=channel)["channel"] == channel


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"notification_type": "nonsense"}, "notification_type"),
        ({"notification_type": None}, "notification_type"),
        ({"notification_type": 5}, "notification_type"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": "x" * 17}, "channel"),
        ({"channel": ["email"]}, "channel"),
        ({"enabled": "yes"}, "enabled"),
        ({"enabled": 1}, "enabled"),
        ({"frequency": "yearly"}, "frequency"),
        ({"frequency": 3}, "frequency"),
        ({"user": 1}, "user"),
        ({"id": 7}, "id"),
    ],
)
def test_a_wrong_field_is_named(people: People, changes: dict, field: str):
    assert list(errors_of(people.member.post("preferences/", {**CHOICE, **changes}))) == [field]


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_a_body_that_is_no_object_is_refused(people: People, body: object):
    raw = json.dumps(body)
    response = people.member.send(
        "POST", "preferences/", data=raw, headers={"Content_Type": "application/json"}
    )
    assert response.status_code == 422


def test_json_that_nests_too_deep_is_refused(people: People):
    deep = "[" * 5000 + "]" * 5000
    response = people.member.send(
        "POST", "preferences/", data=deep, headers={"Content_Type": "application/json"}
    )
    assert response.status_code == 422


def test_malformed_json_and_forms_are_refused(people: People):
    malformed = people.member.send(
        "POST", "preferences/", data="{", headers={"Content_Type": "application/json"}
    )
    assert malformed.status_code == 400
    form = people.member.send("POST", "preferences/", data={"channel": "email"})
    assert form.status_code == 415


def test_a_mandatory_pair_can_be_chosen_but_not_turned_off(people: People):
    assert "pris ton compte" not in str(errors_of(people.member.post("preferences/", LOCKED)))
    created = create(people.member, **{**LOCKED, "enabled": True})
    path = f"preferences/{created['id']}/"
    for response in (
        people.member.post("preferences/", LOCKED),
        people.member.put(path, {"enabled": False}),
        people.member.patch(path, {"enabled": False}),
        people.admin.patch(path, {"enabled": False}),
    ):
        assert errors_of(response) == {
            "enabled": ["Email reaches you even if somebody else has taken your account."]
        }
    assert people.member.get(path).get_json()["enabled"] is True


def test_an_owner_replaces_changes_and_removes_a_choice(people: People):
    path = f"preferences/{create(people.member)['id']}/"
    assert people.member.put(path, {"enabled": True}).get_json()["enabled"] is True
    assert people.member.patch(path, {"enabled": False, "frequency": "direct"}).get_json()["enabled"] is False
    assert people.member.patch(path, {}).get_json()["enabled"] is False
    assert people.member.delete(path).status_code == 204
    assert people.member.get(path).status_code == 404
    assert cell(people.member, "comment", "email")["source"] == "default"


def test_put_requires_enabled_and_takes_nothing_else_but_a_frequency(people: People):
    path = f"preferences/{create(people.member)['id']}/"
    assert list(errors_of(people.member.put(path, {}))) == ["enabled"]
    assert list(errors_of(people.member.put(path, {"enabled": True, "channel": "push"}))) == ["channel"]
    assert list(errors_of(people.member.patch(path, {"user": people.other.id}))) == ["user"]
    assert list(errors_of(people.member.patch(path, {"frequency": "yearly"}))) == ["frequency"]


@pytest.mark.parametrize("preference_id", ["0", "-1", "x", "9223372036854775808", "1.5", "999999"])
def test_an_id_that_is_none_is_not_found(people: People, preference_id: str):
    assert people.member.get(f"preferences/{preference_id}/").status_code == 404


def test_an_admin_reads_and_changes_everybodys(people: People):
    path = f"preferences/{create(people.member)['id']}/"
    assert people.admin.get(path).get_json()["user"] == people.member.id
    assert people.admin.patch(path, {"enabled": True}).status_code == 200
    assert people.member.get(path).get_json()["enabled"] is True
    assert people.admin.delete(path).status_code == 204


def test_a_stale_if_match_changes_nothing(people: People):
    path = f"preferences/{create(people.member)['id']}/"
    etag = people.member.get(path).headers["ETag"]
    assert people.member.get(path, If_None_Match=etag).status_code == 304
    assert people.member.patch(path, {"enabled": True}, If_Match=etag).status_code == 200
    assert people.member.put(path, {"enabled": False}, If_Match=etag).status_code == 412
    assert people.member.delete(path, If_Match=etag).status_code == 412
    assert people.member.get(path).get_json()["enabled"] is True


def test_the_list_holds_ones_own_newest_first(people: People):
    first, second = create(people.member), create(people.member, channel="push")
    create(people.other)
    assert people.member.get("preferences/").get_json() == {
        "next": None,
        "previous": None,
        "results": [second, first],
    }


def test_an_admin_lists_everybodys_or_one_members(people: People):
    own, others = create(people.member), create(people.other)
    assert people.admin.get("preferences/").get_json()["results"] == [others, own]
    assert people.admin.get(f"preferences/?user={people.member.id}").get_json()["results"] == [own]
    assert people.member.get(f"preferences/?user={people.member.id}").get_json()["results"] == [own]
    assert people.member.get(f"preferences/?user={people.other.id}").status_code == 403


def test_the_list_is_narrowed_by_every_filter(people: People):
    create(people.member, enabled=True)
    mail = create(people.member, notification_type="mention")
    push = create(people.member, notification_type="mention", channel="push", enabled=True)
    for query, expected in [
        ("notification_type=mention", [push, mail]),
        ("channel=push", [push]),
        ("enabled=false", [mail]),
        ("notification_type=mention&enabled=true", [push]),
        ("notification_type=nonsense", []),
    ]:
        assert people.member.get(f"preferences/?{query}").get_json()["results"] == expected, query


def test_the_list_is_read_page_by_page_in_both_directions(people: People):
    keys = ("comment", "mention", "announcement")
    made = [
        create(people.member, notification_type=key, channel=c) for key in keys for c in ("email", "push")
    ]
    page = people.member.get("preferences/?page_size=4").get_json()
    assert page["results"] == made[:1:-1] and page["previous"] is None
    rest = people.member.get(page["next"]).get_json()
    assert rest["results"] == made[1::-1] and rest["next"] is None
    assert people.member.get(rest["previous"]).get_json()["results"] == page["results"]


def bad_cursors() -> list[str]:
    values: list[object] = [[], [0], [0, "x"], [2, 5], [0, 1, 2], [0, None], [0, 2**70], {"a": 1}, 5]
    return ["x", "%00", "é", *(base64.urlsafe_b64encode(json.dumps(v).encode()).decode() for v in values)]


WRONG_QUERIES = [
    *(f"cursor={cursor}" for cursor in bad_cursors()),
    *("page_size=0", "page_size=101", "page_size=x", "other=1", "enabled=maybe", "user=0", "user=x"),
    *("channel=" + "x" * 17, "notification_type=%00"),
]


@pytest.mark.parametrize("query", WRONG_QUERIES)
def test_a_wrong_query_is_refused(people: People, query: str):
    assert people.admin.get(f"preferences/?{query}").status_code == 422


def test_views_without_a_query_refuse_one(people: People):
    assert list(errors_of(people.member.get("preferences/my_preferences/?channel=email"))) == ["channel"]
    assert list(errors_of(people.member.get("types/?page_size=1"))) == ["page_size"]


def test_a_token_without_the_scope_changes_nothing(people: People, app: Flask):
    reader = make_caller(app, scopes=("read",))
    assert reader.get("preferences/").status_code == 200
    assert reader.post("preferences/", CHOICE).status_code == 403
    assert reader.post("preferences/toggle_all/", {"enabled": True, "channel": "push"}).status_code == 403


def test_what_an_admin_does_to_others_is_audited_and_what_they_do_to_themselves_is_not(people: People):
    own, others = create(people.admin), create(people.member)
    for preference in (own, others):
        people.admin.patch(f"preferences/{preference['id']}/", {"enabled": True})
        people.admin.delete(f"preferences/{preference['id']}/")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(e.action, e.actor_id, e.object_id) for e in entries] == [
        ("preference.change", people.admin.id, str(others["id"])),
        ("preference.delete", people.admin.id, str(others["id"])),
    ]
    change = entries[0]
    assert change.before and change.after
    assert (change.before["enabled"], change.after["enabled"]) == (False, True)
    assert change.before["user_id"] == people.member.id
