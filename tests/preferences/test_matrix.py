"""Every type on every channel: reading it, and changing many at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.channels.registry import channel_keys
from hackitech.core.database import db
from tests.callers import Caller, People, errors_of, make_caller

MANDATORY = ("account_security_alert", "email")


def matrix(caller: Caller) -> dict[tuple[str, str], dict]:
    results = caller.get("preferences/my_preferences/").get_json()["results"]
    return {(cell["notification_type"], cell["channel"]): cell for cell in results}


def choice(notification_type: str = "comment", channel: str = "email", enabled: object = False) -> dict:
    return {"notification_type": notification_type, "channel": channel, "enabled": enabled}


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL that is run."""
    run: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_args: object) -> None:
        if not statement.startswith("BEGIN"):
            run.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield run
    sa.event.remove(db.engine, "before_cursor_execute", note)


def test_my_preferences_hold_every_pair_once_in_a_fixed_order(people: People):
    results = people.member.get("preferences/my_preferences/").get_json()["results"]
    types = people.member.get("types/").get_json()["results"]
    pairs = [(cell["notification_type"], cell["channel"]) for cell in results]
    assert pairs == [(t["key"], channel) for t in types for channel in channel_keys()]


def test_my_preferences_say_who_decided(people: People):
    stored = people.member.post("preferences/", choice()).get_json()
    cells = matrix(people.member)
    assert cells["comment", "email"] == {
        **choice(),
        "id": stored["id"],
        "frequency": "direct",
        "source": "user",
        "locked": False,
        "reason": None,
    }
    assert cells["announcement", "email"] == {
        **choice("announcement", enabled=True),
        "id": None,
        "frequency": "direct",
        "source": "default",
        "locked": False,
        "reason": None,
    }
    locked = cells[MANDATORY]
    assert (locked["enabled"], locked["locked"], locked["source"]) == (True, True, "mandatory")


def test_my_preferences_are_ones_own_for_an_admin_too(people: People):
    people.member.post("preferences/", choice())
    assert matrix(people.admin)["comment", "email"]["source"] == "default"


def test_reasons_come_in_the_callers_language(people: People, app: Flask):
    french = make_caller(app, locale="fr")
    assert (
        matrix(french)[MANDATORY]["reason"]
        == "L’email t’atteint même si quelqu’un d’autre a pris ton compte."
    )
    assert matrix(people.member)[MANDATORY]["reason"].startswith("Email reaches you")
    refused = french.post("preferences/", choice(*MANDATORY))
    assert errors_of(refused) == {
        "enabled": ["L’email t’atteint même si quelqu’un d’autre a pris ton compte."]
    }


def test_many_are_updated_in_the_order_given(people: People):
    body = {"preferences": [choice("mention"), choice(), choice("mention", "push", enabled=True)]}
    results = people.member.post("preferences/update_preferences/", body).get_json()["results"]
    assert [{key: result[key] for key in choice()} for result in results] == body["preferences"]
    assert {result["user"] for result in results} == {people.member.id}
    again = people.member.post("preferences/update_preferences/", body).get_json()["results"]
    assert again == results


def test_a_mandatory_one_stops_the_whole_update(people: People):
    body = {"preferences": [choice(), choice("mention"), choice("mention", "push"), choice(*MANDATORY)]}
    errors = errors_of(people.member.post("preferences/update_preferences/", body))
    assert list(errors) == ["preferences.3.enabled"]
    assert people.member.get("preferences/").get_json()["results"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (choice("nonsense"), "preferences.1.notification_type"),
        (choice(channel="pigeon"), "preferences.1.channel"),
        (choice(enabled=None), "preferences.1.enabled"),
        ({**choice("mention"), "frequency": "yearly"}, "preferences.1.frequency"),
        ({**choice("mention", "in_app"), "frequency": "daily"}, "preferences.1.frequency"),
        ({**choice("mention"), "user": 5}, "preferences.1.user"),
        (choice(), "preferences.1.notification_type"),
        ("text", "preferences.1"),
        (None, "preferences.1"),
    ],
)
def test_a_wrong_one_is_named_and_stops_the_whole_update(people: People, wrong: object, field: str):
    response = people.member.post("preferences/update_preferences/", {"preferences": [choice(), wrong]})
    assert list(errors_of(response)) == [field]
    assert people.member.get("preferences/").get_json()["results"] == []


@pytest.mark.parametrize(
    "body", [{}, {"preferences": {}}, {"preferences": None}, {"preferences": [choice()] * 1001}]
)
def test_an_update_needs_a_list(people: People, body: dict):
    assert list(errors_of(people.member.post("preferences/update_preferences/", body))) == ["preferences"]


def test_an_empty_update_changes_nothing(people: People):
    response = people.member.post("preferences/update_preferences/", {"preferences": []})
    assert response.get_json() == {"results": []}


def test_a_channel_is_turned_off_but_for_what_is_mandatory(people: People):
    before = matrix(people.member)
    answer = people.member.post("preferences/toggle_all/", {"enabled": False, "channel": "email"}).get_json()
    locked = [pair for pair, cell in before.items() if pair[1] == "email" and cell["locked"]]
    assert [(s["notification_type"], s["channel"]) for s in answer["skipped"]] == locked
    assert all(s["reason"] == before[s["notification_type"], "email"]["reason"] for s in answer["skipped"])
    after = matrix(people.member)
    assert answer["updated"] == sum(pair[1] == "email" for pair in after) - len(locked)
    for pair, cell in after.items():
        if pair[1] != "email":
            assert cell == before[pair]
        else:
            assert cell["enabled"] is (pair in locked)


def test_a_type_is_turned_on_and_off_on_all_channels(people: People):
    for enabled in (True, False, False):
        body = {"enabled": enabled, "notification_type": "comment"}
        toggled = people.member.post("preferences/toggle_all/", body).get_json()
        assert toggled == {"updated": len(channel_keys()), "skipped": []}
        cells = matrix(people.member)
        assert {cells["comment", c]["enabled"] for c in channel_keys()} == {enabled}


def test_one_pair_is_toggled_and_a_mandatory_one_skipped(people: People):
    body = {"enabled": False, "notification_type": "comment", "channel": "email"}
    assert people.member.post("preferences/toggle_all/", body).get_json()["updated"] == 1
    body = {"enabled": False, "notification_type": MANDATORY[0], "channel": MANDATORY[1]}
    answer = people.member.post("preferences/toggle_all/", body).get_json()
    assert answer["updated"] == 0
    assert [s["reason"] for s in answer["skipped"]] == [matrix(people.member)[MANDATORY]["reason"]]


def test_toggling_is_ones_own(people: People):
    people.admin.post("preferences/toggle_all/", {"enabled": False, "channel": "in_app"})
    assert matrix(people.member)["comment", "in_app"]["source"] == "default"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"enabled": True}, "body"),
        ({"channel": "email"}, "enabled"),
        ({"enabled": "on", "channel": "email"}, "enabled"),
        ({"enabled": True, "channel": "pigeon"}, "channel"),
        ({"enabled": True, "notification_type": "nonsense"}, "notification_type"),
        ({"enabled": True, "notification_type": "comment", "channel": "pigeon"}, "channel"),
        ({"enabled": True, "channel": "email", "user": 1}, "user"),
    ],
)
def test_a_wrong_toggle_is_refused(people: People, body: dict, field: str):
    assert list(errors_of(people.member.post("preferences/toggle_all/", body))) == [field]


def test_the_number_of_statements_is_constant(people: People):
    def count() -> tuple[int, int, int]:
        run = []
        for method, path, body in [
            ("GET", "my_preferences/", None),
            ("POST", "toggle_all/", {"enabled": True, "channel": "push"}),
            ("POST", "update_preferences/", {"preferences": [choice(), choice("mention")]}),
        ]:
            with statements() as collected:
                assert people.member.send(method, f"preferences/{path}", json=body).status_code == 200
            run.append(len(collected))
        return run[0], run[1], run[2]

    matrix(people.member)  # fills the cache of types
    first = count()
    for channel in ("in_app", "email"):
        people.member.post("preferences/toggle_all/", {"enabled": False, "channel": channel})
    assert count() == first
    assert max(first) <= 5


def test_types_come_in_the_callers_language(people: People, app: Flask):
    french = make_caller(app, locale="fr")
    ours, theirs = (
        {t["key"]: t for t in c.get("types/").get_json()["results"]} for c in (people.member, french)
    )
    assert ours["announcement"]["label"] == "Announcement"
    assert theirs["announcement"]["label"] == "Annonce"
    assert theirs["announcement"]["description"] != ours["announcement"]["description"]
    assert theirs["announcement"]["params"]["headline"]["label"] == "Titre"


def test_types_say_what_sending_them_needs_and_where_they_go(people: People):
    types = {t["key"]: t for t in people.member.get("types/").get_json()["results"]}
    assert len(types) >= 14
    announcement = types["announcement"]
    assert announcement["category"] == "platform"
    assert announcement["channels"] == ["in_app", "email"]
    assert announcement["mandatory"] == []
    assert set(announcement["params"]["headline"]) == {"type", "required", "label", "example"}
    assert types["account_security_alert"]["mandatory"] == ["in_app", "email"]
