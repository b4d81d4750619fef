"""The filters of the log over everybody's notifications."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hackitech.core.clock import time_text
from hackitech.core.database import table
from hackitech.core.text import like_pattern
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import IN_APP, Notification
from hackitech.models.statuses import Status

N, E, D = table(Notification).c, table(Event).c, table(Delivery).c
Conditions = list[sa.ColumnElement[bool]]
TIMES = ("created_after", "created_before")


@dataclass(frozen=True, slots=True)
class LogFilters:
    """Which notifications; what is None or empty does not narrow. Times are aware.

    A status and a channel are about one delivery: "failed" and "email" together find emails that failed. A
    channel alone finds what was meant to go by it.
    """

    statuses: tuple[str, ...] = ()
    channel: str | None = None
    notification_type: str | None = None
    recipient_id: int | None = None
    topic: str | None = None
    event_id: int | None = None
    created_after: dt.datetime | None = None
    created_before: dt.datetime | None = None
    search: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what narrows, as JSON can hold it."""
        values = {**dataclasses.asdict(self), **{name: time_text(getattr(self, name)) for name in TIMES}}
        return {name: value for name, value in values.items() if value not in (None, "", ())}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "LogFilters":
        """Return the filters that `to_json` wrote."""
        times = {name: dt.datetime.fromisoformat(stored[name]) for name in TIMES if name in stored}
        return cls(**{**stored, **times, "statuses": tuple(stored.get("statuses", ()))})

    @property
    def is_mailbox(self) -> bool:
        """Whether they lead to a member's mailbox, rather than to an event's copies or to everything."""
        return self.recipient_id is not None and self.event_id is None

    def of_walk(self) -> Conditions:
        """Return the conditions that lead through an index: to an event's copies, or to a mailbox."""
        conditions = []
        if self.event_id is not None:
            conditions.append(N.event_id == self.event_id)
        if self.recipient_id is not None:
            conditions.append(N.recipient_id == self.recipient_id)
        return conditions

    def of_rows(self) -> Conditions:
        """Return the conditions that each row is asked for; they join the event where they need it."""
        conditions: Conditions = []
        if self.notification_type:
            conditions.append(N.notification_type == self.notification_type)
        if self.created_after:
            conditions.append(N.created_at >= self.created_after)
        if self.created_before:
            conditions.append(N.created_at < self.created_before)
        if self.topic:
            conditions.append(E.topic == self.topic)
        if self.search:
            conditions.append(E.search_text.like(like_pattern(self.search), escape="\\"))
        if self.statuses or self.channel:
            conditions.append(self._of_deliveries())
        return conditions

    def _of_deliveries(self) -> sa.ColumnElement[bool]:
        wanted = sa.select(D.id).where(D.notification_id == N.id)
        if self.channel:
            wanted = wanted.where(D.channel == self.channel)
        if self.statuses:
            wanted = wanted.where(D.status.in_(self.statuses))
        else:
            wanted = wanted.where(D.status != Status.SUPPRESSED)
        if self.channel == IN_APP:
            return self._in_app()
        return wanted.exists() if self.channel else sa.or_(self._in_app(), wanted.exists())

    def _in_app(self) -> sa.ColumnElement[bool]:
        """Return the same for the inbox, where there is nothing to deliver: it is there, or it is not."""
        statuses = self.statuses or (Status.DELIVERED,)
        there = sa.and_(N.in_inbox, sa.literal(Status.DELIVERED in statuses))
        return sa.or_(there, sa.and_(sa.not_(N.in_inbox), sa.literal(Status.SUPPRESSED in statuses)))
