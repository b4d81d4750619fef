"""The filters of failed deliveries."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hackitech.channels.outcomes import alike
from hackitech.core.clock import time_text
from hackitech.core.database import table
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import GIVEN_UP, DeliveryAttempt
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.statuses import FAILURES, Status

D, N, E, A = table(Delivery).c, table(Notification).c, table(Event).c, table(DeliveryAttempt).c
TIMES = ("since", "until")
TRIED = (Status.RETRYING, *FAILURES)

DETAIL = sa.func.coalesce(
    sa.select(A.detail)
    .where(A.delivery_id == D.id, A.outcome.in_(TRIED), A.detail != GIVEN_UP)
    .order_by(A.id.desc())
    .limit(1)
    .scalar_subquery(),
    "",
)
"""What its last attempt was answered."""


def in_index() -> list[sa.ColumnElement[bool]]:
    """Return what nobody has replayed or dropped, as the index of failures has it."""
    # Written out in SQL, or SQLite ignores the index.
    failures: sa.BindParameter[Any] = sa.bindparam(None, list(FAILURES), expanding=True, literal_execute=True)
    return [D.status.in_(failures), D.settled_at.is_(None)]


def unsettled() -> list[sa.ColumnElement[bool]]:
    """Return what makes a failure: it is in the index, and nothing was sent after it."""
    newer = table(Delivery).alias("newer").c
    same = newer.notification_id == D.notification_id, newer.channel == D.channel, newer.target == D.target
    return [*in_index(), ~sa.exists().where(*same, newer.generation > D.generation)]


@dataclass(frozen=True, slots=True)
class FailureFilters:
    """Which failures; what is None or empty does not narrow. Times are aware."""

    channel: str | None = None
    status: str | None = None
    notification_type: str | None = None
    event_id: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    error: str | None = None
    """What is alike in the answers of their last attempts."""

    def to_json(self) -> dict[str, Any]:
        """Return what narrows, as JSON can hold it."""
        values = {**dataclasses.asdict(self), **{name: time_text(getattr(self, name)) for name in TIMES}}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "FailureFilters":
        """Return the filters that `to_json` wrote."""
        times = {name: dt.datetime.fromisoformat(stored[name]) for name in TIMES if name in stored}
        return cls(**{**stored, **times})

    def where(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions for deliveries that are joined with notification and event."""
        conditions = unsettled()
        if self.channel:
            conditions.append(D.channel == self.channel)
        if self.status:
            conditions.append(D.status == self.status)
        if self.notification_type:
            conditions.append(E.notification_type == self.notification_type)
        if self.event_id:
            conditions.append(N.event_id == self.event_id)
        if self.since:
            conditions.append(D.updated_at >= self.since)
        if self.until:
            conditions.append(D.updated_at < self.until)
        if self.error is not None:
            conditions.append(DETAIL.like(_pattern(self.error), escape="\\"))
        return conditions

    def takes(self, row: Any) -> bool:
        """Return whether a row that `where` found is meant: what is alike is too fine for a pattern."""
        return self.error is None or alike(row.detail) == self.error


def _pattern(error: str) -> str:
    escaped = error.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return escaped.replace("…", "%")
