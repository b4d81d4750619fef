"""Sending again to those who have not acknowledged: to all of them, once, and to nobody else."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.clock import STEPS
from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.errors import Conflict, NotFound
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.preference import Preference
from hackitech.models.task import Task
from hackitech.models.user import User
from hackitech.notifications import resend_service
from hackitech.notifications.notify import notify
from hackitech.notifications.queries import unread_count
from hackitech.notifications.resend_service import resend_to_missing
from hackitech.tasks.service import advance_due_task
from tests.factories import make_user

Send = Callable[..., int]


@pytest.fixture
def admin(app: Flask, db_session: object) -> User:
    return make_user("admin")


@pytest.fixture
def send(app: Flask, db_session: object) -> Send:
    """Send a message that asks to be acknowledged, have its emails arrive, and return the event."""

    def deliver(*members: User, acknowledge: bool = True, **fields: Any) -> int:
        words: dict[str, Any] = {"title": "Room B12", "message": "The room has changed."}
        with atomic() as session:
            notified = notify("announcement", recipients=list(members), **words, **fields)
            event = sa.update(Event).where(Event.id == notified.event_id)
            session.execute(event.values(acknowledge=acknowledge))
            arrived = sa.update(Delivery).where(Delivery.status == "created")
            session.execute(arrived.values(status="sent", due_at=None))
        return notified.event_id

    return deliver


def change(member: User, **columns: Any) -> None:
    """Have a member do something with their copies."""
    with atomic() as session:
        mine = sa.update(Notification).where(Notification.recipient_id == member.id)
        session.execute(mine.values(**columns))


def work() -> None:
    while advance_due_task(STEPS):
        pass


def emails() -> Counter[tuple[int, int, str]]:
    """Count emails by recipient, generation and status."""
    db.session.rollback()
    columns = Delivery.recipient_id, Delivery.generation, Delivery.status
    rows = db.session.execute(sa.select(*columns).filter_by(channel="email"))
    return Counter((recipient, generation, status) for recipient, generation, status in rows)


def copy_of(member: User) -> Any:
    db.session.rollback()
    return db.session.execute(
        sa.select(Notification.__table__).where(Notification.recipient_id == member.id)
    ).one()


def test_the_missing_have_it_back_unread_on_top_and_by_every_channel(send: Send, admin: User) -> None:
    late, done = make_user(), make_user()
    event_id = send(late, done)
    change(late, read_at=now(), seen_at=now(), archived_at=now())
    change(done, read_at=now(), acknowledged_at=now())
    before = {member.id: copy_of(member) for member in (late, done)}
    task_id = resend_to_missing(event_id, None, admin.id)
    work()

    back = copy_of(late)
    assert (back.read_at, back.seen_at, back.archived_at, back.place) == (None, None, None, "inbox")
    assert back.surfaced_at > before[late.id].surfaced_at and back.version > before[late.id].version
    assert copy_of(done) == before[done.id]
    assert unread_count(db.session(), late.id) == 1
    assert emails() == {(late.id, 0, "sent"): 1, (late.id, 1, "created"): 1, (done.id, 0, "sent"): 1}
    task = db.session.get(Task, task_id)
    assert task and (task.status, task.done, task.total, task.result) == ("done", 1, 1, {"sent": 1})


def test_a_snoozed_copy_comes_back_and_what_was_deleted_does_not(send: Send, admin: User) -> None:
    snoozing, gone = make_user(), make_user()
    event_id = send(snoozing, gone)
    change(snoozing, snoozed_until=after(3600))
    change(gone, deleted_at=now())
    resend_to_missing(event_id, None, admin.id)
    work()
    assert copy_of(snoozing).place == "inbox" and copy_of(snoozing).snoozed_until is None
    assert copy_of(gone).deleted_at is not None
    assert (gone.id, 1, "created") not in emails()


def test_who_has_it_by_email_only_is_written_to_again(send: Send, admin: User) -> None:
    member = make_user()
    with atomic() as session:
        pair = {"notification_type": "announcement", "channel": "in_app"}
        session.add(Preference(user_id=member.id, enabled=False, frequency="direct", **pair))
    resend_to_missing(send(member), None, admin.id)
    work()
    assert emails()[member.id, 1, "created"] == 1
    assert copy_of(member).place == "hidden"


def test_choices_are_asked_again_and_what_is_on_its_way_is_not_doubled(send: Send, admin: User) -> None:
    off, waiting = make_user(), make_user()
    event_id = send(off, waiting)
    with atomic() as session:
        pair = {"notification_type": "announcement", "channel": "email"}
        session.add(Preference(user_id=off.id, enabled=False, frequency="direct", **pair))
        theirs = sa.update(Delivery).where(Delivery.recipient_id == waiting.id, Delivery.channel == "email")
        session.execute(theirs.values(status="retrying", due_at=after(60)))
    resend_to_missing(event_id, None, admin.id)
    work()
    assert emails() == {(off.id, 0, "sent"): 1, (off.id, 1, "suppressed"): 1, (waiting.id, 0, "retrying"): 1}


def test_who_acknowledges_meanwhile_is_left_alone(
    send: Send, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend_service, "CHUNK", 2)
    members = [make_user() for _ in range(5)]
    resend_to_missing(send(*members), None, admin.id)
    assert advance_due_task(STEPS)
    for member in members:
        change(member, acknowledged_at=now())
    before = [copy_of(member) for member in members]
    work()
    assert [copy_of(member) for member in members] == before
    assert sum(emails()[member.id, 1, "created"] for member in members) == 2


def test_who_is_told_after_the_press_is_not_told_twice(send: Send, admin: User) -> None:
    first = make_user()
    event_id = send(first)
    resend_to_missing(event_id, None, admin.id)
    later = make_user()
    with atomic() as session:
        row = session.execute(sa.select(Notification.__table__)).mappings().one()
        left_out = ("id", "place", "unread")
        values = {name: value for name, value in row.items() if name not in left_out}
        session.execute(sa.insert(Notification).values({**values, "recipient_id": later.id}))
    work()
    assert {recipient for recipient, _generation, _status in emails()} == {first.id}


def test_a_second_press_names_the_task_that_runs_and_a_later_one_sends_again(send: Send, admin: User) -> None:
    event_id = send(make_user())
    task_id = resend_to_missing(event_id, None, admin.id)
    with pytest.raises(Conflict, match=f"by the task {task_id}"):
        resend_to_missing(event_id, None, admin.id)
    work()
    assert resend_to_missing(event_id, None, admin.id) > task_id


def test_two_who_press_at_once_begin_one_task(app: Flask, send: Send, admin: User) -> None:
    event_id, admin_id = send(make_user()), admin.id
    results: list[str] = []
    together = threading.Barrier(2)

    def press() -> None:
        with app.app_context():
            together.wait(10)
            try:
                resend_to_missing(event_id, None, admin_id)
                results.append("begun")
            except Conflict:
                results.append("refused")

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["begun", "refused"]
    work()
    assert sum(generation for _recipient, generation, _status in emails().elements()) == 1


def test_organisers_send_their_own_again_and_nobody_elses(send: Send, admin: User) -> None:
    organiser = make_user("organiser")
    mine, theirs = send(make_user(), sender_id=organiser.id), send(make_user(), sender_id=admin.id)
    assert resend_to_missing(mine, organiser.id, organiser.id)
    for event_id in (theirs, theirs + 1000):
        with pytest.raises(NotFound):
            resend_to_missing(event_id, organiser.id, organiser.id)


@pytest.mark.parametrize(
    "columns",
    [
        {"acknowledge": False},
        {"status": "cancelled"},
        {"status": "paused"},
        {"retracted_at": now()},
        {"expires_at": now()},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_what_cannot_be_sent_again_is_refused_and_stops_what_runs(
    columns: dict[str, Any], send: Send, admin: User
) -> None:
    event_id = send(make_user())
    if "acknowledge" not in columns:
        resend_to_missing(event_id, None, admin.id)
    with atomic() as session:
        session.execute(sa.update(Event).where(Event.id == event_id).values(**columns))
    work()
    assert sum(generation for _recipient, generation, _status in emails().elements()) == 0
    with pytest.raises(Conflict):
        resend_to_missing(event_id, None, admin.id)


def test_when_everybody_has_acknowledged_there_is_nothing_to_do(send: Send, admin: User) -> None:
    member = make_user()
    event_id = send(member)
    change(member, acknowledged_at=now())
    with pytest.raises(Conflict):
        resend_to_missing(event_id, None, admin.id)


def test_each_press_is_audited(send: Send, admin: User) -> None:
    event_id = send(make_user())
    task_id = resend_to_missing(event_id, None, admin.id)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.actor_id, entry.action, entry.object_id) == (admin.id, "event.resend", str(event_id))
    assert entry.after == {"task": task_id, "missing": 1}
