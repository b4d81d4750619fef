"""What time brings about: events that start, go on or end, and snoozes that are over."""

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.exc import DBAPIError

from hackitech.core import clock
from hackitech.core.kill_points import kill_point
from hackitech.core.publish import publish_surfaced
from hackitech.core.transaction import atomic
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.notifications.lifecycle import advance

log = structlog.get_logger()


def advance_due_event() -> bool:
    """Do the next chunk of the event that has been due for longest, and return whether there was one.

    The row stays locked meanwhile, so that other clocks take other events; one that dies here leaves
    nothing behind but an event that is due. One that cannot be advanced waits, and holds up no other.
    """
    event_id = None
    try:
        with atomic() as session:
            event_id = session.scalar(_longest_due())
            if event_id is None:
                return False
            advance(session, event_id)
            kill_point("clock.chunk_written")
            return True
    except DBAPIError:
        raise
    except Exception:
        log.exception("event_stuck", event=event_id)
        with atomic() as session:
            later = clock.after(current_app.config["QUEUE_LEASE"])
            session.execute(sa.update(Event).where(Event.id == event_id).values(due_at=later))
        return True


def _longest_due() -> sa.Select[int]:
    return (
        sa.select(Event.id)
        .where(Event.due_at <= clock.now())
        .order_by(Event.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def wake_snoozed() -> int:
    """Bring back the notifications whose snooze has ended: unread, and on top."""
    with atomic() as session:
        now = clock.now()
        due = (
            sa.select(Notification.id)
            .where(Notification.snoozed_until <= now)
            .limit(current_app.config["CHUNK_SIZE"])
            .with_for_update(skip_locked=True)
        )
        woken = session.execute(
            sa.update(Notification)
            .where(Notification.id.in_(due.scalar_subquery()), Notification.snoozed_until <= now)
            .values(
                snoozed_until=None,
                read_at=None,
                surfaced_at=now,
                version=Notification.version + 1,
                # What was deleted by a bulk action can still be undone; it then comes back at once.
                undo_id=sa.case((Notification.deleted_at.is_not(None), Notification.undo_id)),
            )
            .returning(Notification.id, Notification.recipient_id, Notification.place)
        ).all()
        for id_, recipient_id, place in woken:
            if place == "inbox":
                publish_surfaced(recipient_id, id_)
        return len(woken)
