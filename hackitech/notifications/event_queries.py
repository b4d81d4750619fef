"""Selects on events: their progress, and what became of each channel."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from hackitech.core.clock import time_text
from hackitech.core.errors import NotFound
from hackitech.core.i18n import in_language
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.event import Event
from hackitech.models.notification import IN_APP, Notification
from hackitech.models.statuses import WAITING, Status

TOO_LATE = (Status.SENDING, Status.UNKNOWN, Status.SENT, Status.DELIVERED, Status.DIGESTED)
Attempted = tuple[Any, list[Any]]
"""A delivery's row, and those of its attempts."""


def get_event(session: Session, id_: int, sender_id: int | None) -> Any:
    """Return an event's row; `sender_id` None is an admin's view.

    Raises:
        NotFound: unknown, or somebody else's.
    """
    query = sa.select(Event.__table__).where(Event.id == id_)
    if sender_id is not None:
        query = query.where(Event.sender_id == sender_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("No event has this id.")
    return row


def present_event(session: Session, event: Any, locale: str) -> dict[str, Any]:
    """Return the contract's event, with what became of each channel."""
    return {
        "id": event.id,
        "notification_type": event.notification_type,
        "status": event.status,
        "total": event.total,
        "done": event.done,
        "by_channel": count_by_channel(session, event.id),
        "unknown_recipients": event.unknown_recipients,
        "acknowledge": event.acknowledge,
        "acknowledged": count_acknowledged(session, event.id) if event.acknowledge else None,
        "title": in_language(event.title, locale),
        "message": in_language(event.message, locale),
        "action_url": event.action_url,
        "data": event.data,
        "priority": event.priority,
        "topic": event.topic,
        "role": event.role,
        "object": event.object,
        "send_at": time_text(event.send_at),
        "send_at_local": event.send_at_local and event.send_at_local.isoformat(),
        "expires_at": time_text(event.expires_at),
        "retracted_at": time_text(event.retracted_at),
        "created_at": time_text(event.created_at),
    }


def count_by_channel(session: Session, event_id: int) -> dict[str, dict[str, int]]:
    """Return {channel: {status: n}}, the inbox included."""
    counts: dict[str, dict[str, int]] = {}
    in_inbox = (
        sa.select(Notification.in_inbox, sa.func.count())
        .where(Notification.event_id == event_id)
        .group_by(Notification.in_inbox)
    )
    for shown, amount in session.execute(in_inbox):
        counts.setdefault(IN_APP, {})["delivered" if shown else "suppressed"] = amount
    for (channel, status), amount in sorted(_count_external(session, event_id).items()):
        counts.setdefault(channel, {})[status] = amount
    return counts


def _count_external(session: Session, event_id: int) -> Counter[tuple[str, str]]:
    """Count deliveries by channel and status: of what was sent again, the newest generation only."""
    by_generation = (
        sa.select(Delivery.channel, Delivery.status, Delivery.generation, sa.func.count())
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Notification.event_id == event_id)
        .group_by(Delivery.channel, Delivery.status, Delivery.generation)
    )
    counts, sent_again = Counter[tuple[str, str]](), False
    for channel, status, generation, amount in session.execute(by_generation):
        counts[channel, status] += amount
        sent_again = sent_again or generation > 0
    if sent_again:  # else there is nothing to look for: most events are read by this every other second
        counts.subtract(_count_superseded(session, event_id))
    return +counts


def _count_superseded(session: Session, event_id: int) -> dict[tuple[str, str], int]:
    newer, same_target = aliased(Delivery), (Delivery.notification_id, Delivery.channel, Delivery.target)
    follows = [getattr(newer, column.key) == column for column in same_target]
    superseded = (
        sa.select(Delivery.channel, Delivery.status, sa.func.count())
        .join(Notification, Notification.id == Delivery.notification_id)
        .join(newer, sa.and_(*follows, newer.generation == Delivery.generation + 1))
        .where(Notification.event_id == event_id)
        .group_by(Delivery.channel, Delivery.status)
    )
    return {(channel, status): amount for channel, status, amount in session.execute(superseded)}


def count_acknowledged(session: Session, event_id: int) -> int:
    """Count those who confirmed that they have taken note of an event."""
    confirmed = Notification.event_id == event_id, Notification.acknowledged_at.is_not(None)
    return session.scalar(sa.select(sa.func.count()).where(*confirmed)) or 0


def count_too_late(session: Session, event_id: int) -> Counter[str]:
    """Count by channel what had left when the rest was stopped: handed over, or part of a summary."""
    left = (
        sa.select(Delivery.channel, sa.func.count())
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Notification.event_id == event_id, Delivery.status.in_(TOO_LATE))
        .group_by(Delivery.channel)
    )
    return Counter({channel: amount for channel, amount in session.execute(left)})


def deliveries_wait(session: Session, event_id: int) -> bool:
    """Return whether any of an event's deliveries has not left yet."""
    waiting = (
        sa.select(Delivery.id)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Notification.event_id == event_id, Delivery.status.in_(WAITING))
        .where(Delivery.due_at.is_not(None))  # as what waits is; the index of what is due is short
    )
    return session.scalar(waiting.limit(1)) is not None


def deliveries_of(session: Session, notification_ids: Sequence[int]) -> dict[int, list[Attempted]]:
    """Return the deliveries of each of these notifications, with their attempts in order."""
    wanted = (
        sa.select(Delivery.__table__)
        .where(Delivery.notification_id.in_(notification_ids))
        .order_by(Delivery.channel, Delivery.target, Delivery.generation)
    )
    rows = session.execute(wanted).all()
    log = (
        sa.select(DeliveryAttempt.__table__)
        .where(DeliveryAttempt.delivery_id.in_([row.id for row in rows]))
        .order_by(DeliveryAttempt.id)
    )
    attempts: defaultdict[int, list[Any]] = defaultdict(list)
    for attempt in session.execute(log):
        attempts[attempt.delivery_id].append(attempt)
    found: defaultdict[int, list[Attempted]] = defaultdict(list)
    for row in rows:
        found[row.notification_id].append((row, attempts[row.id]))
    return dict(found)


def summaries_of(session: Session, event_ids: Collection[int]) -> dict[int, Any]:
    """Return the copies (event_id, id, created_at) of events that sum up what was held, by event."""
    if not event_ids:
        return {}
    copies = sa.select(Notification.event_id, Notification.id, Notification.created_at)
    return {row.event_id: row for row in session.execute(copies.where(Notification.event_id.in_(event_ids)))}


def next_event_due(session: Session) -> dt.datetime | None:
    """Return when the next event, or the end of a snooze, falls due."""
    times = sa.union_all(
        sa.select(sa.func.min(Event.due_at)), sa.select(sa.func.min(Notification.snoozed_until))
    )
    return min((at for at in session.scalars(times) if at is not None), default=None)
