"""Count what became of each day's notifications: by the clock, a window of ids at a time."""

import datetime as dt
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.daily_figure import DailyFigure
from hackitech.operations.figure_queries import Figures, count_window, first_copy_since, newest_copy

DAYS = 7
"""How many days back what is read, or fails, still changes the figures."""
SLACK = dt.timedelta(hours=1)
"""By how much a copy may have been created before another of a lower id: transactions, and clocks."""
Tally = dict[tuple[str, str], Figures]


@dataclass(frozen=True, slots=True)
class Count:
    """A count that is under way; lost with its clock, as the next one begins it anew."""

    days: tuple[dt.date, ...]
    """Those to count, the current one first."""
    next_id: int | None = None
    """Where the next window begins; None before the first."""
    beyond: int = 0
    tally: Tally = field(default_factory=dict)


def count_today() -> Count:
    """Return the count of the day that is running (UTC), to be carried out in chunks."""
    return Count((clock.now().date(),))


def count_days_before() -> Count:
    """Return the count of the days before, the latest first."""
    today = clock.now().date()
    return Count(tuple(today - dt.timedelta(days=days) for days in range(1, DAYS + 1)))


def count_chunk(count: Count, size: int) -> Count | None:
    """Do one window of `size` ids and return what is left, None once every day is counted."""
    day = count.days[0]
    session = db.session()
    try:
        count = count if count.next_id is not None else _begin(count)
        begin = count.next_id or 0
        tally = _counted(count, (begin, min(begin + size, count.beyond)))
    finally:
        session.rollback()
    if begin + size < count.beyond:
        return replace(count, next_id=begin + size, tally=tally)
    _keep(day, tally)
    return Count(count.days[1:]) if count.days[1:] else None


def _begin(count: Count) -> Count:
    session = db.session()
    since, until = _bounds(count.days[0])
    first = first_copy_since(session, since - SLACK)
    running = until + SLACK > clock.now()
    beyond = newest_copy(session) + 1 if running else first_copy_since(session, until + SLACK)
    return replace(count, next_id=first, beyond=beyond)


def _counted(count: Count, ids: tuple[int, int]) -> Tally:
    tally = dict(count.tally)
    for key, figures in count_window(db.session(), ids, _bounds(count.days[0])).items():
        tally[key] = tally.get(key, Figures()).plus(figures)
    return tally


def _keep(day: dt.date, tally: Tally) -> None:
    """Put a day's figures in the place of those that were counted before."""
    now = clock.now()
    rows = [
        {
            "day": day,
            "channel": channel,
            "notification_type": key,
            "computed_at": now,
            **figures._asdict(),
        }
        for (channel, key), figures in tally.items()
    ]
    insert = postgresql.insert(DailyFigure)
    counted = {name: insert.excluded[name] for name in (*Figures._fields, "computed_at")}
    key = [column.name for column in sa.inspect(DailyFigure).primary_key]
    with atomic() as session:
        session.execute(sa.delete(DailyFigure).where(DailyFigure.day == day))
        if rows:  # which another clock may have written in the meantime
            session.execute(insert.on_conflict_do_update(index_elements=key, set_=counted), rows)


def _bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    begins = dt.datetime.combine(day, dt.time(), clock.UTC)
    return begins, begins + dt.timedelta(days=1)
