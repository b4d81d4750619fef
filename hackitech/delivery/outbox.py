"""The outbox's statements: claim what is due for a relay, and say when somebody must look again."""

import datetime as dt
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as P
from sqlalchemy.orm import Session

from hackitech.channels.registry import CHANNELS
from hackitech.core import clock
from hackitech.core.database import Id, UtcDateTime, table
from hackitech.delivery.holding import carry_out, judge, judged, move
from hackitech.models.delivery import Delivery
from hackitech.models.rules import SUMMARISED_HOLDS
from hackitech.models.statuses import RELAYABLE, Status

HANDED = (Status.SENDING, Status.UNKNOWN)
"""In a worker's hands; once its lease ran out nobody knows what the provider saw."""


class Claimed(NamedTuple):
    """Deliveries for a worker, and whether more may be due."""

    ids: list[int]
    more: bool


@cache
def _due() -> Any:
    columns = table(Delivery).c
    leaves_together = sa.and_(columns.status == Status.HELD, columns.hold.in_(SUMMARISED_HOLDS))
    return (
        judged()
        .where(
            columns.channel == P("key"),
            columns.due_at <= P("now", type_=UtcDateTime),
            columns.status.in_([*RELAYABLE, Status.QUEUED, *HANDED]),
            sa.not_(sa.func.coalesce(leaves_together, sa.false())),
        )
        .order_by(columns.due_at)
        .limit(P("size", type_=sa.Integer))
        .with_for_update(of=table(Delivery), skip_locked=True)
    )


@cache
def _claim() -> Any:
    columns = table(Delivery).c
    becomes = sa.case((columns.status.in_(HANDED), Status.UNKNOWN), else_=Status.QUEUED)
    return (
        sa.update(table(Delivery))
        .where(columns.id.in_(P("ids", type_=Id, expanding=True)))
        .values(
            status=becomes,
            due_at=P("until", type_=UtcDateTime),
            updated_at=P("now", type_=UtcDateTime),
        )
    )


def claim_due(session: Session, channel: str, size: int, lease: float) -> Claimed:
    """Claim up to `size` due deliveries of a channel for a worker; what must wait is held instead.

    What waited becomes `queued`; what a dead worker left becomes `unknown`. Either is due again
    after `lease` seconds, so that a lost wake-up costs time and nothing else. What leaves as part of
    a summary is not claimed here.
    """
    now = clock.now()
    rows = session.execute(_due(), {"key": channel, "now": now, "size": size}).all()
    verdicts = judge(session, rows)
    carry_out(session, verdicts)
    interrupted = [row.id for row in rows if row.status == Status.SENDING]
    if interrupted:
        move(session, interrupted, Status.UNKNOWN, "its worker did not come back")
    if verdicts.go:
        session.execute(_claim(), {"ids": verdicts.go, "now": now, "until": clock.after(lease)})
    return Claimed(sorted(verdicts.go), len(rows) == size)


@cache
def _next_due() -> Any:
    return sa.union_all(
        *(sa.select(sa.func.min(Delivery.due_at)).where(Delivery.channel == key) for key in CHANNELS)
    )


def next_due(session: Session) -> dt.datetime | None:
    """Return when the next delivery falls due, whichever its channel."""
    times = [at for at in session.scalars(_next_due()) if at is not None]
    return min(times, default=None)
