"""The actions on one notification: each does what it says, and twice is the same as once."""

import pytest

from tests.callers import Caller, People, errors_of, make_caller
from tests.notifications.mailbox import FUTURE, JSON, PAST, listed, read_one, receive, unread_count

ACTIONS = (
    "mark_as_read",
    "mark_as_unread",
    "mark_as_seen",
    "archive",
    "unarchive",
    "snooze",
    "unsnooze",
)


def act(member: Caller, number: int, action: str) -> dict:
    body = {"until": FUTURE} if action == "snooze" else None
    response = member.post(f"notifications/{number}/{action}/", body)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


@pytest.mark.parametrize("action", ACTIONS)
def test_twice_is_the_same_as_once(people: People, action: str):
    number = receive(people.member)
    once = act(people.member, number, action)
    assert once["id"] == number
    assert act(people.member, number, action) == once
    assert read_one(people.member, number) == once


def test_reading_marks_as_seen_and_unreading_keeps_that(people: People):
    number = receive(people.member)
    shown = act(people.member, number, "mark_as_read")
    assert shown["is_read"] and shown["read_at"] == shown["seen_at"]
    assert unread_count(people.member) == 0
    shown = act(people.member, number, "mark_as_unread")
    assert (shown["is_read"], shown["read_at"]) == (False, None) and shown["seen_at"]
    assert unread_count(people.member) == 1


def test_seeing_is_not_reading(people: People):
    number = receive(people.member)
    shown = act(people.member, number, "mark_as_seen")
    assert shown["seen_at"] and not shown["is_read"]
    assert unread_count(people.member) == 1
    assert act(people.member, number, "mark_as_read")["seen_at"] == shown["seen_at"]


def test_the_archive_and_back(people: People):
    number = receive(people.member)
    assert act(people.member, number, "archive")["archived_at"]
    assert (listed(people.member), listed(people.member, "?archived=true")) == ([], [number])
    assert unread_count(people.member) == 0
    assert act(people.member, number, "unarchive")["archived_at"] is None
    assert (listed(people.member), listed(people.member, "?archived=true")) == ([number], [])
    assert unread_count(people.member) == 1


def test_a_snooze_and_back(people: People):
    older, number, newer = (receive(people.member) for _ in "123")
    assert act(people.member, number, "snooze")["snoozed_until"] == FUTURE
    assert (listed(people.member), listed(people.member, "?snoozed=true")) == ([newer, older], [number])
    assert unread_count(people.member) == 2
    assert act(people.member, number, "unsnooze")["snoozed_until"] is None
    assert listed(people.member) == [newer, number, older]


def test_a_snooze_takes_out_of_the_archive_and_archiving_ends_a_snooze(people: People):
    number = receive(people.member)
    act(people.member, number, "archive")
    assert act(people.member, number, "snooze")["archived_at"] is None
    assert act(people.member, number, "archive")["snoozed_until"] is None
    assert listed(people.member, "?archived=true") == [number]


def test_a_snooze_needs_a_time_in_the_future(people: People):
    number = receive(people.member)
    path = f"notifications/{number}/snooze/"
    times: list[object] = [PAST, None, "soon", 5, True, [], "2199-01-01", "2199-01-01T00:00:00", FUTURE + "Z"]
    for until in times:
        assert list(errors_of(people.member.post(path, {"until": until}))) == ["until"], until
    assert list(errors_of(people.member.post(path))) == ["until"]
    assert list(errors_of(people.member.post(path, {"until": FUTURE, "for": "1h"}))) == ["for"]
    assert people.member.post(path, {"until": "2199-01-01T01:00:00+02:00"}).status_code == 200
    assert read_one(people.member, number)["snoozed_until"] == "2198-12-31T23:00:00Z"


@pytest.mark.parametrize("action", ACTIONS)
def test_only_the_owner_acts(people: People, action: str):
    number = receive(people.member)
    before = read_one(people.member, number)
    body = {"until": FUTURE} if action == "snooze" else None
    for caller in (people.other, people.organiser, people.admin):
        foreign = caller.post(f"notifications/{number}/{action}/", body)
        unknown = caller.post(f"notifications/999999/{action}/", body)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.get_json() == unknown.get_json()
    reader = make_caller(people.admin.client.application, "member", ("read",))
    assert reader.post(f"notifications/{number}/{action}/", body).status_code == 403
    assert people.stranger.post(f"notifications/{number}/{action}/", body).status_code == 401
    assert read_one(people.member, number) == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_deleted_one_is_gone(people: People, action: str):
    number = receive(people.member)
    people.member.delete(f"notifications/{number}/")
    body = {"until": FUTURE} if action == "snooze" else None
    assert people.member.post(f"notifications/{number}/{action}/", body).status_code == 404


def test_actions_take_no_fields_no_query_and_no_other_format(people: People):
    number = receive(people.member)
    for action in (a for a in ACTIONS if a != "snooze"):
        path = f"notifications/{number}/{action}/"
        assert list(errors_of(people.member.post(path, {"is_read": True}))) == ["is_read"]
        assert list(errors_of(people.member.post(path, [1]))) == ["body"]
        assert list(errors_of(people.member.post(f"{path}?now=true"))) == ["now"]
        assert people.member.post(path, {}).status_code == 200
        assert people.member.send("POST", path, data={"a": "b"}).status_code == 415
        assert people.member.send("POST", path, data="{", headers=JSON).status_code == 400
        assert people.member.get(path).status_code == 405
