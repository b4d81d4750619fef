"""Who has taken note: everybody is on one of four lists, and only those who have not are written to again."""

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.task import Task
from hackitech.models.user import User
from hackitech.notifications import service
from hackitech.notifications.event_service import cancel_event, pause_event
from hackitech.notifications.notify import notify
from hackitech.notifications.roster_queries import STATES, count_states, still_missing
from tests.admin.staff import Staff
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.usefixtures("db_session")
WORDS: dict[str, Any] = {"title": "Room B12", "message": "The final is in B12.", "acknowledge": True}


@pytest.fixture
def members() -> list[User]:
    return [
        make_user(name=name, email=f"{name.lower()}@example.org") for name in ("Ana", "Bob", "Cléa", "Dan")
    ]


@pytest.fixture
def event(organiser: Staff, members: list[User]) -> int:
    """A message to four members: Ana confirmed, Bob looked, Cléa did not, Dan cannot be reached."""
    with atomic():
        sent = notify("announcement", recipients=members, sender_id=organiser.user.id, **WORDS)
    ana, bob, _clea, dan = members
    service.acknowledge(copy_of(ana), ana.id)
    service.mark_as_read(copy_of(bob), bob.id)
    with atomic() as session:
        his = Notification.recipient_id == dan.id
        session.execute(sa.update(Notification).where(his).values(in_inbox=False, in_app_rule="turned_off"))
        failed = sa.update(Delivery).where(Delivery.recipient_id == dan.id, Delivery.channel == "email")
        session.execute(failed.values(status="permanent-failure", due_at=None))
    return sent.event_id


def copy_of(member: User) -> int:
    return db.session.scalars(sa.select(Notification.id).where(Notification.recipient_id == member.id)).one()


def counted(text: str) -> list[int]:
    """Return the numbers on the tabs."""
    return [int(number) for number in re.findall(r'tabs__count">(\d+)<', text)]


def listed(staff: Staff, event: int, query: str = "") -> list[str]:
    answer = staff.get(f"messages/{event}/roster?{query}")
    assert answer.status_code == 200
    return re.findall(r'<th scope="row"><div>(?:<a [^>]*>)?(\w+)', answer.text)


def test_everybody_is_on_one_of_the_lists_with_what_became_of_it(organiser: Staff, event: int) -> None:
    page = organiser.get(f"messages/{event}/roster").text
    assert counted(page) == [1, 1, 1, 1]
    assert 'max="4" value="1"' in page and "1 of 4" in page
    assert [listed(organiser, event, f"state={state}") for state in STATES] == [
        ["Dan"], ["Cléa"], ["Bob"], ["Ana"]
    ]  # fmt: skip
    assert listed(organiser, event) == ["Dan"], "what is most pressing comes first"
    assert "The member turned this type off on this channel." in page and "Failed" in page
    assert "Confirmed: " in organiser.get(f"messages/{event}/roster?state=confirmed").text


def test_what_arrived_elsewhere_is_reached_though_it_is_in_no_inbox(organiser: Staff, event: int) -> None:
    with atomic() as session:
        session.execute(sa.update(Delivery).where(Delivery.channel == "email").values(status="sent"))
    assert counted(organiser.get(f"messages/{event}/roster").text) == [0, 2, 1, 1]


def test_the_list_is_searched_by_name_and_address_and_the_tabs_still_count_all(
    organiser: Staff, event: int
) -> None:
    for words, found in (("cl", ["Cléa"]), ("CLÉA@example", ["Cléa"]), ("bob", [])):
        query = f"state=unseen&q={words}"
        assert listed(organiser, event, query) == found, words
        assert counted(organiser.get(f"messages/{event}/roster?{query}").text) == [1, 1, 1, 1]
    assert "Nobody here is called like this" in organiser.get(f"messages/{event}/roster?q=%00zz").text
    assert listed(organiser, event, "state=nonsense&unknown=1") == ["Dan"]


def test_a_list_has_pages(admin: Staff, members: list[User]) -> None:
    many = [make_user().id for _ in range(30)]
    with atomic():
        sent = notify("announcement", recipients=many, **WORDS)
    first = admin.get(f"messages/{sent.event_id}/roster")
    assert first.text.count('<th scope="row">') == 25
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following
    second = admin.get(following[1].replace("&amp;", "&"))
    assert second.text.count('<th scope="row">') == 5
    assert admin.get(f"messages/{sent.event_id}/roster?cursor=x").status_code == 422


def test_an_organiser_sees_what_they_sent_and_an_administrator_everything(
    app: Flask, admin: Staff, organiser: Staff, event: int
) -> None:
    assert listed(admin, event) == ["Dan"]
    assert "/admin/log/" in admin.get(f"messages/{event}/roster").text
    assert "/admin/log/" not in organiser.get(f"messages/{event}/roster").text
    other, member = Staff(app, "organiser"), Staff(app, "member")
    for path in (f"messages/{event}/roster", f"messages/{event}/roster/resend"):
        send = other.get if path.endswith("roster") else other.post
        assert send(path).status_code == 404
        assert member.get(path).status_code == 403
    assert db.session.scalars(sa.select(Task)).all() == []


def test_a_message_that_does_not_ask_has_no_roster(admin: Staff, members: list[User]) -> None:
    with atomic():
        sent = notify("announcement", recipients=members, **{**WORDS, "acknowledge": False})
    assert admin.get(f"messages/{sent.event_id}/roster").status_code == 404
    assert admin.post(f"messages/{sent.event_id}/roster/resend").status_code == 404
    assert admin.get("messages/999999/roster").status_code == 404


def test_those_who_have_not_confirmed_are_written_to_again(organiser: Staff, event: int) -> None:
    page = organiser.get(f"messages/{event}/roster").text
    assert "Send again to 3 members</button>" in page
    answer = organiser.post(f"messages/{event}/roster/resend")
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.kind, task.total, task.owner_id) == ("resend", 3, organiser.user.id)
    assert answer.headers["Location"] == f"/admin/tasks/{task.id}"
    page = organiser.get(f"messages/{event}/roster").text
    assert "Send again" not in page
    assert f'hx-get="/admin/tasks/{task.id}"' in page and "0 of 3" in page
    again = organiser.post(f"messages/{event}/roster/resend")
    assert again.headers["Location"] == f"/admin/messages/{event}/roster"
    (entry,) = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "event.resend"))
    assert entry.actor_id == organiser.user.id


def test_who_may_not_follow_the_task_is_told_of_it(admin: Staff, organiser: Staff, event: int) -> None:
    admin.post(f"messages/{event}/roster/resend")
    page = organiser.get(f"messages/{event}/roster").text
    assert "It is being sent again right now" in page and "/admin/tasks/" not in page


def test_sending_again_asks_for_the_password_when_it_is_long_ago(organiser: Staff, event: int) -> None:
    organiser.gave_password(minutes_ago=11)
    asked = organiser.post(f"messages/{event}/roster/resend")
    assert asked.status_code == 200 and 'type="password"' in asked.text
    assert db.session.scalars(sa.select(Task)).all() == []
    answer = organiser.post(f"messages/{event}/roster/resend", {"confirmed_password": PASSWORD})
    assert answer.status_code == 303 and "/admin/tasks/" in answer.headers["Location"]
    assert organiser.get(f"messages/{event}/roster/resend").headers["Location"].endswith("/roster")


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (lambda event: cancel_event(event, None), "It was cancelled"),
        (lambda event: pause_event(event, None), "It is paused."),
    ],
)
def test_what_was_stopped_is_not_sent_again(organiser: Staff, event: int, stop: Any, said: str) -> None:
    stop(event)
    page = organiser.get(f"messages/{event}/roster").text
    assert said in page and "Send again" not in page


def test_when_all_have_confirmed_there_is_nobody_to_write_to(organiser: Staff, event: int) -> None:
    with atomic() as session:
        session.execute(sa.update(Notification).values(acknowledged_at=now()))
    page = organiser.get(f"messages/{event}/roster").text
    assert counted(page) == [0, 0, 0, 4] and "Send again" not in page
    assert "Everybody was reached" in organiser.get(f"messages/{event}/roster?state=unreached").text
    answer = organiser.post(f"messages/{event}/roster/resend")
    assert answer.headers["Location"].endswith(f"/messages/{event}/roster")


def test_who_removed_it_is_told_apart_and_not_written_to_again(
    organiser: Staff, members: list[User], event: int
) -> None:
    bob = members[1]
    service.delete(copy_of(bob), bob.id, bob.id, lambda row: None)
    page = organiser.get(f"messages/{event}/roster?state=seen").text
    assert "Removed from the inbox." in page and "Send again to 2 members" in page


def test_the_counts_are_one_statement_and_what_is_missing_the_same_as_is_sent_again(event: int) -> None:
    counts = count_states(db.session(), event)
    missing = db.session.scalar(sa.select(sa.func.count()).where(*still_missing(event)))
    assert (counts.missing, counts.total) == (missing, 4) == (3, 4)


def test_an_empty_message_has_an_empty_roster(admin: Staff, members: list[User]) -> None:
    with atomic():
        later = now() + dt.timedelta(hours=1)
        sent = notify("announcement", recipients=members, send_at=later, **WORDS)
    page = admin.get(f"messages/{sent.event_id}/roster").text
    assert counted(page) == [0, 0, 0, 0] and "Send again" not in page
    assert db.session.get_one(Event, sent.event_id).status == "scheduled"
