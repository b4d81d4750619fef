"""Preferences, devices and topics take the fields that they name: nobody gives himself, or others, more."""

import pytest
from flask import Flask

from tests.callers import People, errors_of, make_people
from tests.topics.conftest import make_topic

CHOICE = {"notification_type": "comment", "channel": "email", "enabled": False}
PHONE = {"kind": "fcm", "token": "token"}


@pytest.fixture
def people(app: Flask, db_session: object) -> People:
    return make_people(app)


@pytest.mark.parametrize("field", ["id", "user", "user_id", "source", "locked"])
def test_a_choice_is_the_callers_alone(people: People, field: str):
    own = people.member.post("preferences/", {**CHOICE, "channel": "push"}).get_json()
    extra = {field: people.other.id}
    for response in (
        people.member.post("preferences/", {**CHOICE, **extra}),
        people.admin.post("preferences/", {**CHOICE, **extra}),
        people.member.put(f"preferences/{own['id']}/", {"enabled": True, **extra}),
        people.member.patch(f"preferences/{own['id']}/", extra),
        people.member.post("preferences/toggle_all/", {"enabled": False, "channel": "email", **extra}),
    ):
        assert list(errors_of(response)) == [field]
    many = people.member.post("preferences/update_preferences/", {"preferences": [{**CHOICE, **extra}]})
    assert list(errors_of(many)) == [f"preferences.0.{field}"]
    assert people.other.get("preferences/").get_json()["results"] == []
    assert people.member.get("preferences/").get_json()["results"] == [own]


@pytest.mark.parametrize(
    "field", ["id", "user", "user_id", "address", "address_hash", "disabled_at", "created_at"]
)
def test_a_device_is_the_callers_alone(people: People, field: str):
    assert list(errors_of(people.member.post("devices/", {**PHONE, field: people.other.id}))) == [field]


@pytest.mark.parametrize("field", ["user", "user_id", "subscribed", "open", "created_at"])
def test_following_says_nothing_but_until_when_it_is_muted(people: People, field: str):
    make_topic(people.admin, "rust")
    assert list(errors_of(people.member.put("topics/rust/subscription/", {field: people.other.id}))) == [
        field
    ]


@pytest.mark.parametrize("field", ["id", "is_open", "owner_id", "created_at", "subscribed"])
def test_a_topic_has_no_other_fields(people: People, field: str):
    make_topic(people.admin, "rust")
    topic = {"key": "go", "label": "Go", "open": True}
    assert list(errors_of(people.admin.post("topics/", {**topic, field: 1}))) == [field]
    assert list(errors_of(people.admin.patch("topics/rust/", {field: 1}))) == [field]
