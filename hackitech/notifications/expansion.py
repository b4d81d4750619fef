"""Write an event's next chunk of members: the same statements for one member and for a million."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import CHANNELS
from hackitech.models.event import URGENT
from hackitech.models.notification import IN_APP
from hackitech.notifications.decision import (
    count_members,
    end_of_chunk,
    write_deliveries,
    write_notifications,
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an event is for: `kind` is `ids`, `topic` or `all`."""

    kind: str
    ids: tuple[int, ...] = ()
    topic_id: int | None = None
    actor_id: int | None = None

    def params(self) -> dict[str, Any]:
        """Return the bound values of the statements about this audience."""
        if self.kind == "ids":
            return {"ids": self.ids}
        return {"topic_id": self.topic_id, "actor_id": self.actor_id}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Members from after one id up to another; `last` when nobody comes after them."""

    after: int
    upto: int
    size: int
    last: bool


def next_chunk(session: Session, audience: Audience, after: int, size: int) -> Chunk:
    """Find the next `size` members of an audience."""
    if audience.kind == "ids":
        waiting = sorted(member for member in audience.ids if member > after)
        chosen = waiting[:size]
        return Chunk(after, chosen[-1] if chosen else after, len(chosen), len(waiting) <= size)
    bound = {**audience.params(), "after": after, "size": size}
    upto, found = session.execute(end_of_chunk(audience.kind), bound).one()
    return Chunk(after, upto or after, found, found < size)


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

    `event` is a row with id, notification_type, topic_id, channels, priority and group_key.
    """
    if not chunk.size:
        return
    bound = {
        **audience.params(),
        "event_id": event.id,
        "type": event.notification_type,
        "topic_id": event.topic_id,
        "group_key": event.group_key,
        "at": at,
        "summary": summary,
        "after": chunk.after,
        "upto": chunk.upto,
    }

    in_app = {"narrowed": narrowed(event.channels, IN_APP)}
    session.execute(write_notifications(audience.kind), {**bound, **in_app})
    for key in CHANNELS:
        seconds = escalation(session, event.notification_type, event.priority, key)
        own = {
            "narrowed": narrowed(event.channels, key),
            "escalate_at": None if seconds is None else at + dt.timedelta(seconds=seconds),
        }
        session.execute(write_deliveries(key), {**bound, **own})
