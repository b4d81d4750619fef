"""Send again: the next generation of deliveries, decided on anew by the rules of the first.

What is final stays as it is. Whether something goes is asked of the preferences, addresses and devices of
today; of an event that was stopped nothing goes.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert  # compiles on SQLite too
from sqlalchemy.orm import Session

from hackitech.channels.registry import CHANNELS
from hackitech.core.database import table
from hackitech.core.publish import wake_clock
from hackitech.models.delivery import Delivery
from hackitech.models.event import CANCELLED, PAUSED, Event
from hackitech.models.notification import Notification
from hackitech.models.rules import Rule
from hackitech.models.statuses import WAITING, Status
from hackitech.models.user import User
from hackitech.notifications.decision import (
    AT,
    ESCALATE_AT,
    IDS,
    Subject,
    answers_of,
    decided,
    delivery_values,
    reached,
    wishes,
    with_settings,
)
from hackitech.notifications.expansion import terms

N, E, D = table(Notification).c, table(Event).c, table(Delivery).c
EARLIER = table(Delivery).alias("earlier")

RETRACTED, EXPIRED = "retracted", "expired"
STOPPED = sa.case(
    (E.retracted_at.is_not(None), RETRACTED),
    (E.status == CANCELLED, CANCELLED),
    (E.expires_at <= AT, EXPIRED),
    (E.status == PAUSED, PAUSED),
)
"""Why nothing of an event is sent again; NULL where it may be."""
OF_EARLIER = Subject(
    type=E.notification_type,
    topic=E.topic_id,
    object=E.object,
    narrowed=sa.false(),  # it went by this channel before, and what the sender chose does not change
    summary=EARLIER.c.rule == Rule.SUMMARY,
)
ON_ITS_WAY = (*WAITING, Status.SENDING, Status.UNKNOWN)
Written = Counter[tuple[str, str]]
"""How many new deliveries, by status and rule."""


def why_stopped(event: Any, at: dt.datetime) -> str | None:
    """Return the same of an event's row."""
    if event.retracted_at is not None:
        return RETRACTED
    if event.expires_at is not None and event.expires_at <= at:
        return EXPIRED
    return event.status if event.status in (CANCELLED, PAUSED) else None


def send_again(session: Session, ids: Mapping[str, Sequence[int]], at: dt.datetime) -> Written:
    """Write the next generation of deliveries, by channel, that the caller has locked.

    Each goes to the target that it had. Those whose event was stopped get none.
    """
    written: Written = Counter()
    for key, some in ids.items():
        rows = session.execute(_write_next(key), {"ids": some, "at": at})
        written.update((row.status, row.rule) for row in rows)
    wake_clock()
    return written


def send_copies_again(session: Session, event: Any, ids: Sequence[int], at: dt.datetime) -> None:
    """Write the next generation by every channel for copies of an event's row that the caller has locked.

    What is still on its way to a target is not sent there a second time.
    """
    bound = {
        "ids": list(ids),
        "type": event.notification_type,
        "topic_id": event.topic_id,
        "object": event.object,
        "summary": False,
        "at": at,
    }
    for key in CHANNELS:
        session.execute(_write_to_copies(key), {**bound, **terms(session, event, key, at)})
    wake_clock()


@cache
def _write_next(key: str) -> Any:
    """Insert what follows on the deliveries of a channel; what waited for the inbox then goes unless read."""
    escalated = sa.case((EARLIER.c.hold == Rule.ESCALATION, AT)).label("escalate_at")
    columns = [EARLIER.c.notification_id, EARLIER.c.recipient_id, EARLIER.c.target, escalated]
    who = _next_decided(key, [*columns, (EARLIER.c.generation + 1).label("generation")]).subquery("decided").c
    return _insert({**delivery_values(key, who, who.escalate_at), "generation": who.generation})


@cache
def count_next(key: str) -> sa.Select[Any]:
    """Count what would follow on the deliveries `ids` of a channel, as `decision.count_decisions` does."""
    who = _next_decided(key, [*wishes(), E.priority]).subquery("decided").c
    return sa.select(*who, sa.func.count().label("amount")).group_by(*who)


@cache
def count_stopped() -> sa.Select[Any]:
    """Count the deliveries `ids` on which nothing would follow, by why their event was stopped."""
    events = EARLIER.join(table(Notification), N.id == EARLIER.c.notification_id).join(
        table(Event), E.id == N.event_id
    )
    why = sa.select(STOPPED.label("why")).select_from(events).where(EARLIER.c.id.in_(IDS)).subquery().c.why
    return sa.select(why, sa.func.count().label("amount")).where(why.is_not(None)).group_by(why)


def _next_decided(key: str, columns: list[Any]) -> sa.Select[Any]:
    people = (
        EARLIER.join(table(Notification), N.id == EARLIER.c.notification_id)
        .join(table(Event), E.id == N.event_id)
        .join(table(User), User.id == EARLIER.c.recipient_id)
    )
    reachable = CHANNELS[key].target_again(with_settings(people), EARLIER.c.target)
    chosen = decided(key, reachable, columns, answers_of(key), OF_EARLIER)
    return chosen.where(EARLIER.c.id.in_(IDS), EARLIER.c.channel == key, STOPPED.is_(None))


@cache
def _write_to_copies(key: str) -> Any:
    people, target, answers = reached(key, table(Notification).join(table(User), User.id == N.recipient_id))
    there = sa.and_(D.notification_id == N.id, D.channel == key, D.target == target)
    newest = sa.select(sa.func.max(D.generation)).where(there).scalar_subquery()
    generation = (sa.func.coalesce(newest, -1) + 1).label("generation")
    columns = [N.id.label("notification_id"), N.recipient_id, target.label("target"), generation]
    chosen = decided(key, people, columns, answers).where(N.id.in_(IDS))
    chosen = chosen.where(~sa.exists().where(there, D.status.in_(ON_ITS_WAY)))
    who = chosen.subquery("decided").c
    return _insert({**delivery_values(key, who, ESCALATE_AT), "generation": who.generation})


def _insert(values: dict[str, Any]) -> Any:
    """Insert deliveries, unless somebody else has: a generation is unique."""
    # With a condition, or SQLite takes ON CONFLICT for that of a join.
    chosen = sa.select(*values.values()).where(values["target"].is_not(None))
    written = insert(table(Delivery)).from_select(list(values), chosen).on_conflict_do_nothing()
    return written.returning(D.status, D.rule)
