"""Stop one message or take it back, by somebody whom the audit log names."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.publish import wake_clock
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit
from hackitech.models.event import CANCELLED, Event
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status
from hackitech.notifications.event_queries import count_too_late, get_event
from hackitech.notifications.event_service import Stopped, cancel_event
from hackitech.notifications.lifecycle import advance, stop_deliveries


def cancel_message(event_id: int, sender_id: int | None, editor_id: int) -> Stopped:
    """Stop an event as `cancel_event` does, with an audit entry the first time.

    Raises:
        NotFound: unknown, or somebody else's.
    """
    with atomic() as session:
        before = get_event(session, event_id, sender_id)
        after, stopped = cancel_event(event_id, sender_id)
        if before.status != after.status:
            values = {"status": after.status, **stopped.as_json()}
            record_audit(editor_id, "event.cancel", "event", event_id, {"status": before.status}, values)
        return stopped


def retract_message(event_id: int, sender_id: int | None, editor_id: int) -> Stopped:
    """Take an event back: what has not left is cancelled, and copies leave the inboxes.

    Those beyond the first chunk follow within moments. Twice is the same as once.

    Raises:
        NotFound: unknown, or somebody else's.
    """
    stopped = Stopped()
    with atomic() as session:
        event = get_event(session, event_id, sender_id)
        if _mark_retracted(session, event_id):
            stopped.cancelled = stop_deliveries(session, event_id, Status.CANCELLED, Rule.RETRACTED)
            stopped.too_late = count_too_late(session, event_id)
            advance(session, event_id)
            record_audit(
                editor_id, "event.retract", "event", event_id, {"status": event.status}, stopped.as_json()
            )
            wake_clock()
    return stopped


def _mark_retracted(session: Session, event_id: int) -> bool:
    """Mark an event, which locks it; return whether nobody had before."""
    now = clock.now()
    statement = (
        sa.update(Event)
        .where(Event.id == event_id, Event.retracted_at.is_(None))
        .values(
            retracted_at=now,
            due_at=now,
            status=sa.case((Event.status == "done", "done"), else_=CANCELLED),
        )
        .returning(Event.id)
    )
    return session.scalar(statement) is not None
