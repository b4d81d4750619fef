"""What a call of `notify()` would do: the same checks, audience and rules, counted and not written."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from hackitech.channels.registry import channel_keys
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.delivery.forecast_timing import HOLD, SEND, SUPPRESS, foresee
from hackitech.models.notification import IN_APP
from hackitech.models.rules import SENDING_RULES, Rule
from hackitech.notifications.content import NotifyFields
from hackitech.notifications.decision import count_decisions
from hackitech.notifications.event_service import named_as_given
from hackitech.notifications.expansion import Audience, Chunk, escalation, narrowed, next_chunk
from hackitech.notifications.local_expansion import turns_left
from hackitech.notifications.notify import Prepared, prepare

MEMBERS_AT_ONCE = 100_000
"""How many one statement counts, so that none takes long."""

Outcome = tuple[str, str, str]
"""Channel, verdict (`send`, `hold` or `suppress`) and rule."""


def dry_run(notification_type: str, fields: NotifyFields, *, single: bool = False) -> dict[str, Any]:
    """Count by channel, verdict and rule what notifying would do, as things are at the time of sending.

    A channel that has a delivery for each device counts devices.

    Raises:
        Invalid: as `notify` does.
    """
    session = db.session()
    with named_as_given(single):
        call = prepare(session, notification_type, fields)
    total, outcomes = _count(session, call)
    channels: dict[str, dict[str, dict[str, int]]] = {key: {} for key in channel_keys()}
    for (channel, verdict, rule), amount in sorted(outcomes.items()):
        channels[channel].setdefault(verdict, {})[rule] = amount
    return {
        "dry_run": True,
        "total": total,
        "channels": channels,
        "unknown_recipients": list(call.unknown_recipients),
    }


def _count(session: Session, call: Prepared) -> tuple[int, Counter[Outcome]]:
    total, outcomes = 0, Counter[Outcome]()
    for audience, at in _turns(session, call):
        chunk = Chunk(0, 0, 0, last=False)
        while not chunk.last:
            chunk = next_chunk(session, audience, chunk.upto, MEMBERS_AT_ONCE)
            total += chunk.size
            outcomes += _count_chunk(session, call.columns, audience, chunk, at)
    return total, outcomes


def _turns(session: Session, call: Prepared) -> list[tuple[Audience, dt.datetime]]:
    """Return who is told when: everybody at once, or one timezone after the other."""
    event, now = call.columns, clock.now()
    local = event["send_at_local"]
    if local is None:
        return [(call.audience, max(now, event["send_at"] or now))]
    turns = turns_left(session, call.audience, local)
    return [(replace(call.audience, zone=turn.zone), max(now, turn.at)) for turn in turns]


def _count_chunk(
    session: Session, event: dict[str, Any], audience: Audience, chunk: Chunk, at: dt.datetime
) -> Counter[Outcome]:
    bound = {
        **audience.params(),
        "type": event["notification_type"],
        "topic_id": event["topic_id"],
        "object": event["object"],
        "at": at,
        "summary": False,
        "after": chunk.after,
        "upto": chunk.upto,
    }
    outcomes: Counter[Outcome] = Counter()
    for key in channel_keys():
        question = count_decisions(key, audience.kind, local=audience.local)
        rows = session.execute(question, {**bound, "narrowed": narrowed(event["channels"], key)})
        waits = _waits(session, event, key)
        for row in rows:
            outcomes[key, *_verdict(row, key, event["priority"], waits, at)] += row.amount
    return outcomes


def _waits(session: Session, event: dict[str, Any], key: str) -> bool:
    """Return whether a channel waits for the inbox."""
    return (
        key != IN_APP and escalation(session, event["notification_type"], event["priority"], key) is not None
    )


def _verdict(row: Any, key: str, priority: str, waits: bool, at: dt.datetime) -> tuple[str, str]:
    """Return verdict and rule of those whom a row of `count_decisions` counts."""
    if waits and row.rule in SENDING_RULES and row.rule != Rule.MANDATORY:
        return HOLD, Rule.ESCALATION
    if key == IN_APP:
        return (SEND if row.rule in SENDING_RULES else SUPPRESS), row.rule
    return foresee(row, key, priority, at)
