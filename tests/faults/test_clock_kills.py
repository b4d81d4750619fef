"""A clock dies at each point of its way; the next one goes on, and nothing is lost or done twice."""

from collections import Counter

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.digest import Digest
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import NotificationSettings
from hackitech.models.task import Task
from hackitech.notifications.log_filters import LogFilters
from hackitech.notifications.log_service import CHUNK as LINES
from hackitech.notifications.log_service import begin_export
from hackitech.notifications.notify import notify
from hackitech.tasks.queries import parts_of
from tests.faults.conftest import StartWorker, count_statuses, wait_for_sent
from tests.faults.engine import announce, relay
from tests.faults.kills import FINAL_WITHIN, make_members, wait_for_death
from tests.mail_server import MailServer
from tests.notifications.crowd import fill
from tests.services import wait_until

MEMBERS = 6
CROWD, INLINE, CHUNK = 3000, 1000, 500
EMAIL = Delivery.channel == "email"


def count(*conditions: sa.ColumnElement[bool], of: type = Notification) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(of).where(*conditions)) or 0


@pytest.mark.parametrize("point", ["clock.claiming", "clock.claimed", "clock.enqueued"])
def test_what_a_killed_clock_was_relaying_is_sent_once(
    point: str, app: Flask, start: StartWorker, smtp_server: MailServer
) -> None:
    with app.app_context():
        announce(*make_members(MEMBERS))
        start("worker", "email")
        wait_for_death(start("clock", RELAY_BATCH="2", KILL_AT=f"{point}:2"))
        start("clock")
        wait_for_sent(MEMBERS, FINAL_WITHIN)

    assert Counter(mail.recipients[0] for mail in smtp_server.messages) == {
        f"m{n}@example.org": 1 for n in range(MEMBERS)
    }


def test_a_broadcast_whose_clock_is_killed_goes_on_with_the_chunk_that_was_not_committed(
    app: Flask, start: StartWorker
) -> None:
    with app.app_context():
        make_members(CROWD)
        with atomic():
            event = notify("announcement", all=True, title="A", message="B", channels=["email"]).event_id
        assert count() == INLINE
        wait_for_death(start("clock", CHUNK_SIZE=str(CHUNK), KILL_AT="clock.chunk_written:3"))
        assert count() == count(EMAIL, of=Delivery) == INLINE + 2 * CHUNK

        for _ in range(2):
            start("clock", CHUNK_SIZE=str(CHUNK))
        wait_until(lambda: count(Event.status == "done", of=Event))

        assert count() == count(EMAIL, of=Delivery) == CROWD
        assert db.session.scalar(sa.select(sa.func.count(Notification.recipient_id.distinct()))) == CROWD
        row = db.session.execute(sa.select(Event.done, Event.total).where(Event.id == event)).one()
        assert tuple(row) == (CROWD, CROWD)


def hold_emails(number: int, redis_url: str) -> None:
    """Write to a member whose pause holds it, and end the pause."""
    members = make_members(1)
    with atomic() as session:
        session.add(NotificationSettings(user_id=members[0], quiet_hours=[], paused_until=after(3600)))
    for _ in range(number):
        announce(*members)
    assert relay(redis_url, "email") == []
    with atomic() as session:
        session.execute(sa.update(NotificationSettings).values(paused_until=now()))
        session.execute(sa.update(Delivery).where(Delivery.status == "held").values(due_at=now()))


def test_a_summary_whose_clock_is_killed_is_written_once(
    app: Flask, start: StartWorker, smtp_server: MailServer, redis_url: str
) -> None:
    with app.app_context():
        hold_emails(3, redis_url)
        wait_for_death(start("clock", KILL_AT="clock.summary_written:1"))
        assert count(of=Digest) == 0
        assert count_statuses() == {"held": 3}

        for _ in range(2):
            start("clock")
        start("worker", "email")
        wait_until(lambda: count_statuses() == {"digested": 3, "sent": 1}, FINAL_WITHIN)

        assert count(of=Digest) == 1
        assert len(smtp_server.messages) == 1


def test_a_file_whose_clock_is_killed_has_every_line_once(app: Flask, start: StartWorker) -> None:
    with app.app_context():
        (member,) = make_members(1)
        fill(member, 2 * LINES + 100)
        task = begin_export(member, LogFilters(), ["Number"], [], "en")
        wait_for_death(start("clock", KILL_AT="clock.task_advanced:2"))
        assert len(lines_of(task)) == 1 + LINES

        start("clock")
        wait_until(lambda: count(Task.status == "done", of=Task))

        numbers = [line.partition(",")[0] for line in lines_of(task)[1:]]
        assert len(numbers) == len(set(numbers)) == count()


def lines_of(task: int) -> list[str]:
    """Return what a task has written until now."""
    db.session.rollback()
    return "".join(parts_of(db.session(), task)).splitlines()
