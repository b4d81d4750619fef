"""Write an event's next chunk of members: the same statements for one member and for a million."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import CHANNELS
from hackitech.core.database import rows_changed
from hackitech.models.event import URGENT, Event
from hackitech.models.notification import IN_APP
from hackitech.notifications.decision import (
    count_members,
    end_of_chunk,
    write_deliveries,
    write_notifications,
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an event is for: `kind` is `ids`, `topic`, `role` or `all`."""

    kind: str
    ids: tuple[int, ...] = ()
    topic_id: int | None = None
    role: str | None = None
    actor_id: int | None = None
    zone: str | None = None
    """Of them only who live in this timezone, and have no copy of the event `event_id` yet."""
    event_id: int = 0

    @property
    def local(self) -> bool:
        """Whether it is one timezone's part of an audience."""
        return self.zone is not None

    def params(self) -> dict[str, Any]:
        """Return the bound values of the statements about this audience."""
        turn = {"zone": self.zone, "event_id": self.event_id}
        if self.kind == "ids":
            return {**turn, "ids": self.ids}
        return {**turn, "topic_id": self.topic_id, "role": self.role, "actor_id": self.actor_id}


def audience_of(event: Any) -> Audience:
    """Return whom an event's row is for."""
    ids = tuple(event.recipient_ids or ())
    return Audience(event.audience, ids, event.topic_id, event.role, event.actor_id)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Members from after one id up to another; `last` when nobody comes after them."""

    after: int
    upto: int
    size: int
    last: bool


def next_chunk(session: Session, audience: Audience, after: int, size: int) -> Chunk:
    """Find the next `size` members of an audience."""
    if audience.kind == "ids" and not audience.local:
        waiting = sorted(member for member in audience.ids if member > after)
        chosen = waiting[:size]
        return Chunk(after, chosen[-1] if chosen else after, len(chosen), len(waiting) <= size)
    bound = {**audience.params(), "after": after, "size": size}
    upto, found = session.execute(end_of_chunk(audience.kind, local=audience.local), bound).one()
    return Chunk(after, upto or after, found, found < size)


def move_event(session: Session, event: Any, **values: Any) -> None:
    """Move an event that the caller has locked; its cursor guards what was read of it."""
    unmoved = sa.and_(Event.id == event.id, Event.cursor == event.cursor)
    if rows_changed(session, sa.update(Event).where(unmoved).values(**values)) != 1:
        raise RuntimeError(f"event {event.id} was moved by somebody else")


def audience_size(session: Session, audience: Audience) -> int:
    """Count an audience."""
    if audience.kind == "ids":
        return len(audience.ids)
    return session.scalar(count_members(audience.kind), audience.params()) or 0


def escalation(session: Session, notification_type: str, priority: str, channel: str) -> int | None:
    """Return how many seconds a channel waits for the inbox; None: not at all, as what is urgent."""
    loaded = find_type(session, notification_type)
    return loaded.channels[channel].escalate_after if loaded and priority != URGENT else None


def narrowed(channels: Sequence[str] | None, channel: str) -> bool:
    """Return whether the sender chose other channels."""
    return channels is not None and channel not in channels


def write_chunk(
    session: Session, event: Any, audience: Audience, chunk: Chunk, at: dt.datetime, *, summary: bool = False
) -> None:
    """Insert the chunk's notifications and deliveries.

    `event` is a row with id, notification_type, topic_id, channels, priority, group_key and object.
    """
    if not chunk.size:
        return
    bound = {
        **audience.params(),
        "event_id": event.id,
        "type": event.notification_type,
        "topic_id": event.topic_id,
        "group_key": event.group_key,
        "object": event.object,
        "at": at,
        "summary": summary,
        "after": chunk.after,
        "upto": chunk.upto,
    }
    in_app = {"narrowed": narrowed(event.channels, IN_APP)}
    session.execute(write_notifications(audience.kind, local=audience.local), {**bound, **in_app})
    for key in CHANNELS:
        own = terms(session, event, key, at)
        session.execute(write_deliveries(key, local=audience.local), {**bound, **own})


def terms(session: Session, event: Any, channel: str, at: dt.datetime) -> dict[str, Any]:
    """Return the bound values by which a channel differs: whether it is wanted, and how long it waits."""
    seconds = escalation(session, event.notification_type, event.priority, channel)
    return {
        "narrowed": narrowed(event.channels, channel),
        "escalate_at": None if seconds is None else at + dt.timedelta(seconds=seconds),
    }
