"""Bring an event back to those who have not acknowledged it, and to nobody else."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.errors import Conflict
from hackitech.core.publish import publish_surfaced
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.notifications.event_queries import get_event
from hackitech.notifications.resending import send_copies_again, why_stopped
from hackitech.notifications.roster_queries import still_missing
from hackitech.tasks.lifecycle import Advance, begin_task
from hackitech.tasks.queries import running_tasks

RESEND = "resend"
CHUNK = 1000


def resend_to_missing(event_id: int, sender_id: int | None, admin_id: int) -> int:
    """Begin to send an event again to everyone who has not acknowledged it, and return the task's id.

    `sender_id` None is an admin's view.

    Raises:
        NotFound: unknown, or somebody else's.
        Conflict: a task does this already, nobody is missing, or the event cannot be sent again.
    """
    with atomic() as session:
        session.execute(sa.select(Event.id).where(Event.id == event_id).with_for_update())
        event = get_event(session, event_id, sender_id)
        _check(session, event)
        total, upto = session.execute(
            sa.select(sa.func.count(), sa.func.max(Notification.id)).where(*still_missing(event_id))
        ).one()
        if not total:
            raise Conflict("Everybody has acknowledged it.")
        task_id = begin_task(session, RESEND, admin_id, {"event_id": event_id, "upto": upto}, total)
        record_audit(admin_id, "event.resend", "event", event_id, None, {"task": task_id, "missing": total})
        return task_id


def resend_chunk(session: Session, task: Any) -> Advance:
    """Bring an event's next copies back on top and send them again, where they are still missing.

    The copies are walked by recipient, as their index has them. Once the event is stopped, so is this.
    """
    now = clock.now()
    event = get_event(session, task.params["event_id"], None)
    if why_stopped(event, now) is not None:
        return Advance(0, task.cursor, finished=True)
    chunk = (
        sa.select(Notification.id, Notification.recipient_id)
        .where(*still_missing(event.id), Notification.id <= task.params["upto"])
        .where(Notification.recipient_id > task.cursor)
        .order_by(Notification.recipient_id)
        .limit(CHUNK)
    )
    copies = session.execute(chunk.with_for_update()).all()
    ids = [copy.id for copy in copies]
    _surface(session, ids, now)
    send_copies_again(session, event, ids, now)
    sent = task.result.get("sent", 0) + len(ids)
    cursor = copies[-1].recipient_id if copies else task.cursor
    return Advance(len(ids), cursor, len(copies) < CHUNK, {"sent": sent})


def _check(session: Session, event: Any) -> None:
    for task in running_tasks(session, RESEND):
        if task.params["event_id"] == event.id:
            raise Conflict(f"It is being sent again already, by the task {task.id}.")
    if not event.acknowledge:
        raise Conflict("It does not ask to be acknowledged.")
    stopped = why_stopped(event, clock.now())
    if stopped is not None:
        raise Conflict(f"It cannot be sent again: it is {stopped}.")


def _surface(session: Session, ids: list[int], now: dt.datetime) -> None:
    """Put copies on top of their mailboxes as if they had just come."""
    surfaced = session.execute(
        sa.update(Notification)
        .where(Notification.id.in_(ids))
        .values(
            surfaced_at=now,
            **dict.fromkeys(("read_at", "seen_at", "archived_at", "snoozed_until", "undo_id")),
            version=Notification.version + 1,
        )
        .returning(Notification.id, Notification.recipient_id, Notification.place)
        .execution_options(synchronize_session=False)
    )
    for id_, recipient_id, place in surfaced:
        if place == "inbox":
            publish_surfaced(recipient_id, id_)
