"""Selects for the figures of a day, and of the days that are counted already.

Copies are found by their ids, which grow with creation: no index on time is needed, a scheduled message
counts on the day when it arrived, and a window of ids costs the same however much there is beside it.
"""

import datetime as dt
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as P
from sqlalchemy.orm import Session

from hackitech.core.database import Id, UtcDateTime
from hackitech.models.daily_figure import DailyFigure
from hackitech.models.delivery import FAILED, Delivery
from hackitech.models.notification import IN_APP, Notification
from hackitech.models.statuses import Status

SENT = (Status.SENT, Status.DELIVERED, Status.DIGESTED)
"""What has left: by itself, or as part of a summary."""


class Figures(NamedTuple):
    """How many there are of each."""

    created: int = 0
    sent: int = 0
    failed: int = 0
    read: int = 0

    def plus(self, other: "Figures") -> "Figures":
        """Return the sums."""
        return Figures(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def first_copy_since(session: Session, moment: dt.datetime) -> int:
    """Return the id from which on copies were created at this time or later: a copy's, if there is one."""
    low, high = 0, newest_copy(session) + 1
    while low < high:
        middle = (low + high) // 2
        row = session.execute(_from_id(), {"id": middle}).one_or_none()
        if row is None or row.created_at >= moment:
            high = middle
        else:
            low = row.id + 1
    # Not an id that retention erased: there may be millions of those before the first that is left.
    first = session.execute(_from_id(), {"id": low}).one_or_none()
    return first.id if first else low


def newest_copy(session: Session) -> int:
    """Return the highest id of a notification, 0 where there is none."""
    return session.scalar(sa.select(sa.func.max(Notification.id))) or 0


@cache
def _from_id() -> Any:
    return (
        sa.select(Notification.id, Notification.created_at)
        .where(Notification.id >= P("id", type_=Id))
        .order_by(Notification.id)
        .limit(1)
    )


def count_window(
    session: Session, ids: tuple[int, int], times: tuple[dt.datetime, dt.datetime]
) -> dict[tuple[str, str], Figures]:
    """Count, by channel and type, the copies with ids from `ids` that were created within `times`.

    Both are (first, first beyond). In the inbox a copy is sent where it is shown. Elsewhere what was kept
    back by a rule does not count, and a replay takes the place of the failure that it repeats.
    """
    window = {"first": ids[0], "beyond": ids[1], "since": times[0], "until": times[1]}
    rows = [*session.execute(_copies(), window), *session.execute(_deliveries(), window)]
    return {(row.channel, row.notification_type): Figures(*map(int, row[2:])) for row in rows}


@cache
def _copies() -> Any:
    read = sa.func.count().filter(Notification.read_at.is_not(None))
    return (
        sa.select(
            sa.literal(IN_APP).label("channel"),
            Notification.notification_type,
            sa.func.count(),
            sa.func.count(),
            sa.literal(0),
            read,
        )
        .where(*_within(Notification.id), Notification.in_inbox)
        .group_by(Notification.notification_type)
    )


@cache
def _deliveries() -> Any:
    sent, failed = Delivery.status.in_(SENT), sa.text(FAILED)
    first = sa.func.count().filter(Delivery.generation == 0)
    repeated = sa.func.count().filter(Delivery.generation > 0)
    return (
        sa.select(
            Delivery.channel,
            Notification.notification_type,
            first,
            sa.func.count().filter(sent),
            sa.func.count().filter(failed) - repeated,
            sa.func.count().filter(sent, Notification.read_at.is_not(None)),
        )
        .join(Notification, Notification.id == Delivery.notification_id)
        # The window is said of both sides of the join, or Postgres reads all of one of them.
        .where(*_within(Notification.id), *_window(Delivery.notification_id))
        .where(Delivery.status != Status.SUPPRESSED)
        .group_by(Delivery.channel, Notification.notification_type)
    )


def _within(ids: Any) -> tuple[Any, ...]:
    return (
        *_window(ids),
        Notification.created_at >= P("since", type_=UtcDateTime),
        Notification.created_at < P("until", type_=UtcDateTime),
    )


def _window(ids: Any) -> tuple[Any, Any]:
    return ids >= P("first", type_=Id), ids < P("beyond", type_=Id)


def figures_since(session: Session, first: dt.date) -> list[Any]:
    """Return the figures of each day from `first` on, by channel and type."""
    table = DailyFigure.__table__
    return list(session.execute(sa.select(table).where(DailyFigure.day >= first).order_by(DailyFigure.day)))
