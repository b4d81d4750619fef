"""Replay deliveries that failed, or drop them: some at once, all that a filter finds by the clock.

A replay writes the next generation and settles the failure in one transaction, and only where it was not
settled yet: whoever presses twice, at once or after a crash, sends once.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.database import db, rows_changed, table
from hackitech.core.errors import Invalid
from hackitech.core.transaction import atomic
from hackitech.delivery.failure_filters import FailureFilters
from hackitech.delivery.failures_queries import (
    by_channel,
    count_failures,
    failures_among,
    newest_failures,
    newest_id,
    next_failures,
)
from hackitech.delivery.forecast_timing import foresee
from hackitech.models.audit import record_audit
from hackitech.models.delivery import Delivery
from hackitech.models.statuses import Status
from hackitech.notifications.resending import count_next, count_stopped, send_again
from hackitech.tasks.lifecycle import Advance, begin_task
from hackitech.tasks.queries import running_tasks

REPLAY, DROP = "replay", "drop"
SELECTION = 100
"""So many are dealt with in a request."""
CHUNK = 1000
Settled = Counter[str]
"""How many were `sent` again, `suppressed`, `stopped` with their event, `dropped`, or `gone` before."""


@dataclass(slots=True)
class Forecast:
    """What a replay would do, as things are now."""

    total: int
    """Failures that are chosen; of more than were counted, the newest."""
    more: bool = False
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By verdict (`send`, `hold` or `suppress`) and rule."""
    stopped: Counter[str] = field(default_factory=Counter)
    """On which nothing would follow, by why: their event was retracted, cancelled or paused, or is over."""


def forecast_selection(ids: Collection[int]) -> Forecast:
    """Say what replaying these deliveries would do; those that are no failures any more are left out."""
    session = db.session()
    return _forecast(session, failures_among(session, ids), more=False)


def forecast_found(filters: FailureFilters) -> Forecast:
    """Say what replaying all that a filter finds would do, counting the newest."""
    session = db.session()
    rows, more = newest_failures(session, filters)
    return _forecast(session, by_channel(rows), more)


def _forecast(session: Session, ids: dict[str, list[int]], more: bool) -> Forecast:
    forecast, at = Forecast(_amount(ids), more), clock.now()
    for key, of_channel in ids.items():
        for start in range(0, len(of_channel), CHUNK):
            bound = {"ids": of_channel[start : start + CHUNK], "at": at}
            for row in session.execute(count_next(key), bound):
                forecast.outcomes[foresee(row, key, row.priority, at)] += row.amount
            forecast.stopped.update({row.why: row.amount for row in session.execute(count_stopped(), bound)})
    return forecast


def settle_selection(action: str, ids: Collection[int], admin_id: int) -> Settled:
    """Replay or drop some failures, and return what became of them.

    Raises:
        Invalid: they are too many for one request.
    """
    if len(ids) > SELECTION:
        raise Invalid({"ids": [f"At most {SELECTION}."]})
    with atomic() as session:
        settled = ACTIONS[action](session, ids, clock.now())
        before, after = {"deliveries": sorted(ids)}, dict(settled)
        record_audit(admin_id, f"delivery.{action}", "delivery", min(ids, default=0), before, after)
        return settled


def settle_found(action: str, filters: FailureFilters, admin_id: int) -> int:
    """Begin to replay or drop all that a filter finds at this moment, and return the task's id.

    Where that is being done already, it is the same task.
    """
    with atomic() as session:
        wanted = filters.to_json()
        for task in running_tasks(session, action):
            if task.params["filters"] == wanted:
                return int(task.id)
        params = {"filters": wanted, "upto": newest_id(session)}
        total = _count(session, filters)
        task_id = begin_task(session, action, admin_id, params, total)
        record_audit(admin_id, f"delivery.{action}", "task", task_id, wanted, {"total": total})
        return task_id


def settle_chunk(session: Session, task: Any) -> Advance:
    """Replay or drop the next failures of a task."""
    filters = FailureFilters.from_json(task.params["filters"])
    rows, after = next_failures(session, filters, task.cursor, task.params["upto"], CHUNK)
    settled = ACTIONS[task.kind](session, [row.id for row in rows], clock.now())
    result = Counter(task.result) + settled
    return Advance(len(rows), task.cursor if after is None else after, after is None, result)


def _replay(session: Session, ids: Collection[int], at: dt.datetime) -> Settled:
    ours = failures_among(session, ids, lock=True)
    written = send_again(session, ours, at)
    settled = _settle(session, ours, at, sa.exists().where(*_followed()))
    suppressed = sum(amount for (status, _rule), amount in written.items() if status == Status.SUPPRESSED)
    return +Counter(
        sent=written.total() - suppressed,
        suppressed=suppressed,
        stopped=_amount(ours) - settled,
        gone=len(ids) - _amount(ours),
    )


def _drop(session: Session, ids: Collection[int], at: dt.datetime) -> Settled:
    ours = failures_among(session, ids, lock=True)
    return +Counter(dropped=_settle(session, ours, at, sa.true()), gone=len(ids) - _amount(ours))


ACTIONS: dict[str, Callable[[Session, Collection[int], dt.datetime], Settled]] = {
    REPLAY: _replay,
    DROP: _drop,
}


def _settle(session: Session, ids: dict[str, list[int]], at: dt.datetime, condition: Any) -> int:
    mine = sa.update(table(Delivery)).where(table(Delivery).c.id.in_(chain(*ids.values())), condition)
    return rows_changed(session, mine.values(settled_at=at))


def _followed() -> list[sa.ColumnElement[bool]]:
    old, new = table(Delivery).c, table(Delivery).alias("newer").c
    same = [new[name] == old[name] for name in ("notification_id", "channel", "target")]
    return [*same, new.generation > old.generation]


def _count(session: Session, filters: FailureFilters) -> int:
    if filters.error is None:
        return count_failures(session, filters)
    return len(newest_failures(session, filters)[0])


def _amount(ids: dict[str, list[int]]) -> int:
    return sum(map(len, ids.values()))
