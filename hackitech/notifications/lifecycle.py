"""An event after its creation: start, go on, withdraw, expire; a chunk at a time, by whoever comes first."""

import datetime as dt
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.database import rows_changed, table
from hackitech.core.pagination import EPOCH
from hackitech.core.publish import publish_created, publish_event_withdrawn, wake_clock
from hackitech.models.delivery import LOOK_AGAIN, Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.event import PAUSED, Event
from hackitech.models.notification import Notification
from hackitech.models.rules import Rule
from hackitech.models.statuses import WAITING, Status
from hackitech.notifications.expansion import audience_of, move_event, next_chunk, write_chunk
from hackitech.notifications.local_expansion import expand_locally

RESUMED = EPOCH
"""When an event is due that goes on after a pause: before all others, and what was held is let go first."""


def advance(session: Session, event_id: int) -> None:
    """Do the next step of an event that is due; where more is to be done at once, it stays due.

    Runs in the caller's transaction; the row's lock and the guarded cursor keep two callers apart.
    """
    now = clock.now()
    locked = sa.select(Event.__table__).where(Event.id == event_id).with_for_update()
    event = session.execute(locked).one_or_none()
    if event is None or event.due_at is None:
        return
    if event.retracted_at is not None:
        _withdraw(session, event, now)
    elif event.status == "cancelled":
        stopped = stop_deliveries(session, event.id, Status.CANCELLED, Rule.CANCELLED)
        _settle(session, event, stopped > 0)
    elif event.expires_at is not None and event.expires_at <= now:
        _expire(session, event, now)
    elif event.due_at == RESUMED:
        _let_go(session, event, now)
    elif event.send_at_local is not None and event.status in ("scheduled", "running"):
        expand_locally(session, event, now)
    elif event.status == "running" or (event.status == "scheduled" and event.send_at <= now):
        _expand(session, event, now)
    elif event.status == PAUSED:
        _settle(session, event, _hold_deliveries(session, event.id) > 0)
    elif event.status != "scheduled":
        _settle(session, event, False)


def _let_go(session: Session, event: Any, now: dt.datetime) -> None:
    """Have a chunk of what a pause held judged anew; after the last one the event goes on."""
    held = Delivery.status == Status.HELD, Delivery.hold == Rule.SENDER_PAUSED, Delivery.due_at > now
    chunk = _chunk_of_deliveries(event.id, *held).scalar_subquery()
    released = rows_changed(session, sa.update(Delivery).where(Delivery.id.in_(chunk)).values(due_at=now))
    if released < current_app.config["CHUNK_SIZE"]:
        session.execute(sa.update(Event).where(Event.id == event.id).values(due_at=_next_step(event, now)))
    wake_clock()


def _next_step(event: Any, now: dt.datetime) -> dt.datetime | None:
    """Return when somebody must look again at an event that goes on."""
    at: dt.datetime | None = now
    if event.status == "done":
        at = event.expires_at
    elif event.status == "scheduled" and event.send_at is not None:
        at = event.send_at
    return at


def _expand(session: Session, event: Any, now: dt.datetime) -> None:
    audience = audience_of(event)
    chunk = next_chunk(session, audience, event.cursor, current_app.config["CHUNK_SIZE"])
    done = event.done + chunk.size
    move_event(
        session,
        event,
        cursor=chunk.upto,
        done=done,
        total=done if chunk.last else max(event.total, done),
        status="done" if chunk.last else "running",
        due_at=event.expires_at if chunk.last else now,
    )
    write_chunk(session, event, audience, chunk, now)
    publish_created(event.id)
    wake_clock()


def _withdraw(session: Session, event: Any, now: dt.datetime) -> None:
    cancelled = stop_deliveries(session, event.id, Status.CANCELLED, Rule.RETRACTED)
    restorable = sa.or_(Notification.deleted_at.is_(None), Notification.undo_id.is_not(None))
    hidden = _touch(session, event.id, restorable, deleted_at=now)
    _settle(session, event, bool(cancelled or hidden))


def _expire(session: Session, event: Any, now: dt.datetime) -> None:
    stopped = stop_deliveries(session, event.id, Status.EXPIRED, Rule.EXPIRED)
    hidden = _touch(session, event.id, Notification.expired_at.is_(None), expired_at=now)
    if event.status in ("scheduled", "running", PAUSED):
        session.execute(sa.update(Event).where(Event.id == event.id).values(status="done"))
    _settle(session, event, bool(stopped or hidden))


def _settle(session: Session, event: Any, more: bool) -> None:
    due_at = clock.now() if more else None
    if event.retracted_at is None and not more and event.expires_at and event.expires_at > clock.now():
        due_at = event.expires_at
    session.execute(sa.update(Event).where(Event.id == event.id).values(due_at=due_at))


def _touch(session: Session, event_id: int, condition: Any, **values: Any) -> int:
    chunk = (
        sa.select(Notification.id)
        .where(Notification.event_id == event_id, condition)
        .limit(current_app.config["CHUNK_SIZE"])
    )
    touched = rows_changed(
        session,
        sa.update(Notification)
        .where(Notification.id.in_(chunk.scalar_subquery()))
        .values(version=Notification.version + 1, undo_id=None, **values),
    )
    if touched:
        publish_event_withdrawn(event_id)
    return touched


def stop_deliveries(session: Session, event_id: int, status: Status, rule: Rule) -> int:
    """Move a chunk of an event's waiting deliveries to a final status, each with its log entry."""
    return _move_chunk(session, event_id, WAITING, "", status=status, rule=rule, due_at=None)


def _hold_deliveries(session: Session, event_id: int) -> int:
    """Hold a chunk of an event's deliveries that nothing else holds, each with its log entry."""
    until = clock.now() + LOOK_AGAIN
    detail = f"{Rule.SENDER_PAUSED} until {until.isoformat(timespec='seconds')}"
    held = {"status": Status.HELD, "hold": Rule.SENDER_PAUSED, "due_at": until}
    return _move_chunk(session, event_id, [s for s in WAITING if s != Status.HELD], detail, **held)


def _move_chunk(
    session: Session, event_id: int, among: Collection[Status], detail: str, **values: Any
) -> int:
    """Move a chunk of an event's deliveries from one of some statuses, with a log entry each."""
    now, outcome = clock.now(), values["status"]
    chunk = _chunk_of_deliveries(event_id, Delivery.status.in_(among))
    moved = list(
        session.scalars(
            sa.update(Delivery)
            .where(Delivery.id.in_(chunk.scalar_subquery()), Delivery.status.in_(among))
            .values(updated_at=now, **values)
            .returning(Delivery.id)
        )
    )
    if moved:
        log = [{"delivery_id": id_, "at": now, "outcome": outcome, "detail": detail} for id_ in moved]
        session.execute(sa.insert(table(DeliveryAttempt)), log)
    return len(moved)


def _chunk_of_deliveries(event_id: int, *conditions: Any) -> sa.Select[int]:
    return (
        sa.select(Delivery.id)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Notification.event_id == event_id, *conditions)
        .limit(current_app.config["CHUNK_SIZE"])
    )
