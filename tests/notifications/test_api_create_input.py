"""What creating refuses, and where it says that the fault lies."""

from typing import Any

import pytest

from tests.callers import People, errors_of
from tests.notifications.mailbox import FUTURE, create, listed, read_one

TOO_BIG = 2**63
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"notification_type": "nonsense"}, "notification_type"),
    ({"notification_type": ""}, "notification_type"),
    ({"notification_type": None}, "notification_type"),
    ({"notification_type": 5}, "notification_type"),
    ({"notification_type": ["announcement"]}, "notification_type"),
    ({"recipient": "5"}, "recipient"),
    ({"recipient": True}, "recipient"),
    ({"recipient": 1.0}, "recipient"),
    ({"recipient": None}, "recipient"),
    ({"recipient": 0}, "recipient"),
    ({"recipient": -1}, "recipient"),
    ({"recipient": [1]}, "recipient"),
    ({"recipient": {"id": 1}}, "recipient"),
    ({"recipients": [1]}, "recipient"),
    ({"topic": "rust"}, "recipient"),
    ({"all": True}, "recipient"),
    ({"title": ""}, "title"),
    ({"title": "   "}, "title"),
    ({"title": 5}, "title"),
    ({"title": None}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"title": {"fr": "x"}}, "title"),
    ({"title": {"fr": "x", "en": "y", "de": "z"}}, "title"),
    ({"title": {"fr": "x", "en": ""}}, "title"),
    ({"title": {"fr": "x", "en": None}}, "title"),
    ({"title": {"fr": "x", "en": {"fr": "y", "en": "z"}}}, "title"),
    ({"title": ["x"]}, "title"),
    ({"message": "x" * 10_001}, "message"),
    ({"message": True}, "message"),
    ({"params": []}, "params"),
    ({"params": "x"}, "params"),
    ({"params": None}, "params"),
    ({"data": []}, "data"),
    ({"data": "x"}, "data"),
    ({"data": None}, "data"),
    ({"priority": "huge"}, "priority"),
    ({"priority": 1}, "priority"),
    ({"priority": None}, "priority"),
    ({"actor": "5"}, "actor"),
    ({"actor": 10**9}, "actor"),
    ({"actor": 0}, "actor"),
    ({"group_key": "x" * 201}, "group_key"),
    ({"group_key": 5}, "group_key"),
    ({"object": "x" * 201}, "object"),
    ({"object": {}}, "object"),
    ({"send_at": "tomorrow"}, "send_at"),
    ({"send_at": "2199-01-01T12:00:00"}, "send_at"),
    ({"send_at": 4102444800}, "send_at"),
    ({"send_at": "9999-12-31T23:59:59-23:59"}, "send_at"),
    ({"expires_at": "2020-01-01"}, "expires_at"),
    ({"expires_at": ""}, "expires_at"),
    ({"channels": []}, "channels"),
    ({"channels": "email"}, "channels"),
    ({"channels": ["pigeon"]}, "channels.0"),
    ({"channels": ["email", 5]}, "channels.1"),
    ({"channels": ["email"] * 21}, "channels"),
    ({"sender_id": 1}, "sender_id"),
    ({"id": 1}, "id"),
    ({"is_read": True}, "is_read"),
    ({"created_at": FUTURE}, "created_at"),
]


def test_a_wrong_field_is_named(people: People):
    for fields, name in WRONG:
        response = create(people.admin, **{"recipient": people.member.id, **fields})
        assert list(errors_of(response)) == [name], fields
        assert {"type", "title", "status", "detail"} <= response.get_json().keys()
        assert response.get_json()["status"] == 422
    assert listed(people.admin) == []


AUDIENCES: list[tuple[dict[str, Any], str]] = [
    ({}, "recipient"),
    ({"all": False}, "recipient"),
    ({"all": 1}, "all"),
    ({"all": "true"}, "all"),
    ({"topic": "unknown"}, "topic"),
    ({"topic": ""}, "topic"),
    ({"topic": 5}, "topic"),
    ({"role": "owner"}, "role"),
    ({"role": ""}, "role"),
    ({"role": ["admin"]}, "role"),
    ({"role": "admin", "all": True}, "recipient"),
    ({"recipients": None}, "recipients"),
    ({"recipients": 5}, "recipients"),
    ({"recipients": {"0": 5}}, "recipients"),
    ({"recipients": [1, 2, 3, "4"]}, "recipients.3"),
    ({"recipients": [1, 2, 3, True]}, "recipients.3"),
    ({"recipients": [1, 2, 3.0]}, "recipients.2"),
    ({"recipients": [None]}, "recipients.0"),
    ({"recipients": [[1]]}, "recipients.0"),
    ({"recipients": [-5]}, "recipients.0"),
    ({"recipients": [0]}, "recipients.0"),
    ({"recipients": [1], "all": True}, "recipient"),
    ({"topic": "x", "all": True}, "recipient"),
]


def test_an_audience_is_one_and_well_formed(people: People):
    for fields, name in AUDIENCES:
        assert list(errors_of(create(people.admin, **fields))) == [name], fields


def test_every_wrong_field_is_named_at_once(people: People):
    fields = {"recipients": [1, "2", None], "priority": 5, "title": "", "surprise": 1}
    expected = {"recipients.1", "recipients.2", "priority", "title", "surprise"}
    assert set(errors_of(create(people.admin, **fields))) == expected


def test_numbers_beyond_64_bits_are_refused_anywhere(people: People):
    wrong: list[dict[str, Any]] = [
        {"recipient": TOO_BIG},
        {"recipients": [TOO_BIG]},
        {"recipient": people.member.id, "data": {"deep": [{"n": TOO_BIG}]}},
        {"recipient": people.member.id, "data": {"n": 1e300}},
        {"recipient": people.member.id, "data": {"n": -(10**100)}},
    ]
    for fields in wrong:
        assert create(people.admin, **fields).status_code == 422, fields
    kept = {"n": 2**63 - 1, "x": 0.5, "none": None, "list": [True, "é"]}
    made = create(people.admin, recipient=people.member.id, data=kept)
    assert read_one(people.member, made.get_json()["id"])["data"] == kept


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "a\udfffb"])
def test_text_that_a_database_cannot_hold_is_refused(people: People, text: str):
    wrong: list[dict[str, Any]] = [
        {"title": text},
        {"message": text},
        {"title": {"fr": "x", "en": text}},
        {"group_key": text},
        {"object": text},
        {"data": {"key": text}},
        {"data": {text: "value"}},
        {"params": {"headline": text}},
        {"params": {text: "x"}},
        {"notification_type": text},
        {"action_url": f"/{text}"},
        {text: 1},
    ]
    for fields in wrong:
        response = create(people.admin, **{"recipient": people.member.id, **fields})
        assert response.status_code == 422, fields


def test_any_other_text_arrives_as_it_was_written(people: People):
    for text in (
        "<script>alert(1)</script>",
        "{{ 7*7 }}{% if %}",
        "😀 ‮abc",
        "a\r\nBcc: x@y.z",
        "' OR 1=1 --",
    ):
        made = create(people.admin, recipient=people.member.id, title=text, message=text)
        assert made.status_code == 201, made.get_data(as_text=True)
        assert read_one(people.member, made.get_json()["id"])["message"] == text


GOOD_LINKS = ["/", "/teams/12?tab=a#b", "https://example.org", "https://example.org:8443/a?b=c#d", "/é"]


def test_links_that_lead_somewhere_safe_are_kept(people: People):
    for link in (*GOOD_LINKS, None):
        made = create(people.admin, recipient=people.member.id, action_url=link)
        assert made.status_code == 201, link
        assert made.get_json()["action_url"] == link
