"""Taking note: who is asked to confirms it, by a button of their own; nothing else does."""

from typing import Any

import pytest
from flask import Flask

from hackitech.core.transaction import atomic
from hackitech.notifications.notify import notify
from tests.callers import People, errors_of
from tests.notifications.mailbox import create, created, listed, read_one, receive, unread_count
from tests.notifications.reader import Reader, leads_to, make_reader

ASKED: dict[str, Any] = {"acknowledge": True}
BUTTON = "Take note</button>"
TAG = ">To confirm</span>"


@pytest.fixture
def reader(app: Flask, db_session: object) -> Reader:
    return make_reader(app)


def confirm(people: People, number: int) -> dict[str, Any]:
    response = people.member.post(f"notifications/{number}/acknowledge/")
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = response.get_json()
    return answer


def test_it_is_said_once_with_its_time_and_counts_as_read(people: People):
    number = receive(people.member, **ASKED)
    before = read_one(people.member, number)
    assert (before["acknowledge"], before["acknowledged_at"], before["is_read"]) == (True, None, False)
    first = confirm(people, number)
    assert first["acknowledged_at"] == first["read_at"] == first["seen_at"] is not None
    assert unread_count(people.member) == 0
    assert confirm(people, number) == first == read_one(people.member, number)


def test_what_is_unread_again_stays_confirmed(people: People):
    number = receive(people.member, **ASKED)
    first = confirm(people, number)
    people.member.post(f"notifications/{number}/mark_as_unread/")
    shown = read_one(people.member, number)
    assert (shown["is_read"], shown["acknowledged_at"]) == (False, first["acknowledged_at"])
    again = confirm(people, number)
    assert (again["is_read"], again["acknowledged_at"]) == (True, first["acknowledged_at"])


def test_what_does_not_ask_cannot_be_confirmed(people: People):
    number = receive(people.member)
    assert read_one(people.member, number)["acknowledge"] is False
    response = people.member.post(f"notifications/{number}/acknowledge/")
    assert response.status_code == 409
    assert response.mimetype == "application/problem+json"
    assert not read_one(people.member, number)["is_read"]


def test_only_its_recipient_confirms(people: People):
    number = receive(people.member, **ASKED)
    for caller in (people.other, people.organiser, people.admin):
        foreign, unknown = (caller.post(f"notifications/{n}/acknowledge/") for n in (number, 999999))
        assert foreign.status_code == 404 and foreign.get_json() == unknown.get_json()
    assert people.stranger.post(f"notifications/{number}/acknowledge/").status_code == 401
    assert read_one(people.member, number)["acknowledged_at"] is None


def test_reading_any_other_way_confirms_nothing(people: People):
    number = receive(people.member, **ASKED)
    people.member.post(f"notifications/{number}/mark_as_read/")
    people.member.patch(f"notifications/{number}/", {"is_read": True, "archived": True})
    people.member.post("notifications/mark_all_as_read/", {"archived": True})
    people.member.post("notifications/bulk/", {"action": "read", "ids": [number]})
    for name in ("acknowledged", "acknowledged_at", "acknowledge"):
        assert list(errors_of(people.member.patch(f"notifications/{number}/", {name: True}))) == [name]
    assert people.member.post("notifications/bulk/", {"action": "acknowledge", "ids": [1]}).status_code == 422
    assert read_one(people.member, number)["acknowledged_at"] is None


def test_an_event_that_asks_counts_who_confirmed(people: People):
    event = created(people.admin, recipients=[people.member.id, people.other.id], **ASKED)
    assert (event["acknowledge"], event["acknowledged"]) == (True, 0)
    confirm(people, listed(people.member)[0])
    assert people.admin.get(f"events/{event['id']}/").get_json()["acknowledged"] == 1
    plain = created(people.admin, recipients=[people.member.id])
    assert (plain["acknowledge"], plain["acknowledged"]) == (False, None)


@pytest.mark.parametrize("value", [1, "true", None, [True]])
def test_asking_is_true_or_false(people: People, value: object):
    assert list(errors_of(create(people.admin, recipient=people.member.id, acknowledge=value))) == [
        "acknowledge"
    ]


def test_who_is_outside_the_inbox_confirms_as_well(people: People):
    with atomic():
        sent = notify("announcement", recipients=[people.member.id], channels=["email"], title="T",
                      message="M", acknowledge=True)  # fmt: skip
    (number,) = (one["id"] for one in people.member.get("suppressed/?channel=in_app").get_json()["results"])
    assert confirm(people, number)["acknowledged_at"]
    assert people.admin.get(f"events/{sent.event_id}/").get_json()["acknowledged"] == 1


def test_its_page_has_a_button_and_then_says_when_it_was_pressed(reader: Reader) -> None:
    notification = reader.receives("Room change", **ASKED)
    path = f"/inbox/{notification}"
    assert TAG in reader.get().text
    page = reader.get(path).text
    assert BUTTON in page and f'action="{path}/acknowledge"' in page
    assert TAG in reader.get().text, "looking at it is not confirming"
    answer = reader.press_on_page(f"{path}/acknowledge")
    assert leads_to(answer) == (path, {})
    page = reader.get(path).text
    assert BUTTON not in page
    assert "Thank you: it is noted that you have taken note." in page
    assert "You confirmed that you have taken note: " in page
    assert TAG not in reader.get().text


def test_the_page_of_what_does_not_ask_has_no_such_button(reader: Reader) -> None:
    notification = reader.receives()
    assert BUTTON not in reader.get(f"/inbox/{notification}").text
    assert TAG not in reader.get().text
    assert reader.press_on_page(f"/inbox/{notification}/acknowledge").status_code == 409


def test_nobody_presses_the_button_of_another(app: Flask, reader: Reader) -> None:
    other = make_reader(app)
    theirs = other.receives(**ASKED)
    assert reader.press_on_page(f"/inbox/{theirs}/acknowledge").status_code == 404
    assert other.state(theirs)["acknowledged_at"] is None
