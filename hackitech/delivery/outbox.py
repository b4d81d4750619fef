"""The outbox's statements: claim what is due for a relay, and say when somebody must look again."""

import datetime as dt
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as P
from sqlalchemy.orm import Session

from hackitech.channels.registry import CHANNELS
from hackitech.core import clock
from hackitech.core.database import UtcDateTime, table
from hackitech.models.delivery import Delivery
from hackitech.models.statuses import RELAYABLE, Status

HANDED = (Status.SENDING, Status.UNKNOWN)
"""In a worker's hands; once its lease ran out nobody knows what the provider saw."""


@cache
def _claim() -> Any:
    due = (
        sa.select(Delivery.id)
        .where(
            Delivery.channel == P("key"),
            Delivery.due_at <= P("now", type_=UtcDateTime),
            Delivery.status.in_([*RELAYABLE, Status.QUEUED, *HANDED]),
        )
        .order_by(Delivery.due_at)
        .limit(P("size", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )
    becomes = sa.case((Delivery.status.in_(HANDED), Status.UNKNOWN), else_=Status.QUEUED)
    return (
        sa.update(table(Delivery))
        .where(Delivery.id.in_(due.scalar_subquery()))
        .values(
            status=becomes,
            due_at=P("until", type_=UtcDateTime),
            updated_at=P("now", type_=UtcDateTime),
        )
        .returning(table(Delivery).c.id)
    )


def claim_due(session: Session, channel: str, size: int, lease: float) -> list[int]:
    """Claim up to `size` due deliveries of a channel for a worker and return their ids.

    What waited becomes `queued`; what a dead worker left becomes `unknown`. Either is due again
    after `lease` seconds, so that a lost wake-up costs time and nothing else.
    """
    bound = {"key": channel, "now": clock.now(), "until": clock.after(lease), "size": size}
    return sorted(session.scalars(_claim(), bound))


@cache
def _next_due() -> Any:
    return sa.union_all(
        *(sa.select(sa.func.min(Delivery.due_at)).where(Delivery.channel == key) for key in CHANNELS)
    )


def next_due(session: Session) -> dt.datetime | None:
    """Return when the next delivery falls due, whichever its channel."""
    times = [at for at in session.scalars(_next_due()) if at is not None]
    return min(times, default=None)
