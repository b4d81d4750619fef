"""An event whose time is each recipient's own: one timezone after the other, each when its clocks say so.

Only those who have no copy yet count. So who moves to another timezone meanwhile is told once, and is not
forgotten: as long as somebody is left out, their timezone has a turn.
"""

import datetime as dt
from dataclasses import replace
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy.orm import Session

from hackitech.core.local_time import to_utc
from hackitech.core.publish import publish_created, wake_clock
from hackitech.notifications.decision import zones_left
from hackitech.notifications.expansion import Audience, audience_of, move_event, next_chunk, write_chunk


class Turn(NamedTuple):
    """When the clocks of a timezone show an event's time."""

    at: dt.datetime
    zone: str


def turns_left(session: Session, audience: Audience, local: dt.datetime) -> list[Turn]:
    """Return the turns of the timezones in which somebody has no copy yet, in their order."""
    zones = session.scalars(zones_left(audience.kind), audience.params())
    return sorted(Turn(to_utc(local, zone), zone) for zone in zones)


def somebody_left(session: Session, event: Any) -> bool:
    """Return whether an event that is being written has still somebody to be written for."""
    audience = replace(audience_of(event), event_id=event.id)
    if event.send_at_local is not None:
        return bool(turns_left(session, audience, event.send_at_local))
    return next_chunk(session, audience, event.cursor, 1).size > 0


def expand_locally(session: Session, event: Any, now: dt.datetime) -> None:
    """Write the next chunk of the timezone whose turn it is; where no turn has come, wait for the next."""
    audience = replace(audience_of(event), event_id=event.id)
    if event.zone is not None:
        _write(session, event, replace(audience, zone=event.zone), now)
        return
    turn = next(iter(turns_left(session, audience, event.send_at_local)), None)
    if turn is None:
        move_event(session, event, status="done", total=event.done, due_at=event.expires_at)
    elif turn.at <= now:
        _write(session, event, replace(audience, zone=turn.zone), now)
    else:
        move_event(session, event, due_at=min(turn.at, event.expires_at or turn.at))
    wake_clock()


def _write(session: Session, event: Any, audience: Audience, now: dt.datetime) -> None:
    chunk = next_chunk(session, audience, event.cursor, current_app.config["CHUNK_SIZE"])
    done = event.done + chunk.size
    position = {"zone": None, "cursor": 0} if chunk.last else {"zone": audience.zone, "cursor": chunk.upto}
    progress = {"done": done, "total": max(event.total, done)}
    move_event(session, event, **position, **progress, status="running", due_at=now)
    write_chunk(session, event, audience, chunk, now)
    publish_created(event.id)
    wake_clock()
