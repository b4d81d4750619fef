"""The filters of lists, counts and bulk actions: one set of conditions for all of them."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hackitech.core.database import table
from hackitech.core.text import like_pattern
from hackitech.models.event import Event
from hackitech.models.notification import Notification

N, E = table(Notification).c, table(Event).c


@dataclass(frozen=True, slots=True)
class Filters:
    """Which notifications; what is None or empty does not narrow. Times are aware."""

    types: tuple[str, ...] = ()
    is_read: bool | None = None
    priority: str | None = None
    topic: str | None = None
    archived: bool = False
    snoozed: bool = False
    created_after: dt.datetime | None = None
    created_before: dt.datetime | None = None
    search: str = ""
    group: str | None = None
    """The unread ones of a group; they have an index, all that ever were in it have none."""
    ids: tuple[int, ...] | None = field(default=None)

    @property
    def place(self) -> str:
        """Where they lie: archived and snoozed ones are listed alone."""
        return "archived" if self.archived else "snoozed" if self.snoozed else "inbox"

    @property
    def only_unread(self) -> bool:
        """Whether they are what the badge counts, which has an index of its own."""
        return (self.is_read is False or self.group is not None) and self.place == "inbox"

    def in_place(self) -> list[sa.ColumnElement[bool]]:
        """Return the condition on where they lie; said of unread ones, it would lead to the wrong index."""
        return [] if self.only_unread else [N.place == self.place]

    def on_notification(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions on the member's own copy."""
        conditions: list[sa.ColumnElement[bool]] = []
        if self.types:
            conditions.append(N.notification_type.in_(self.types))
        if self.only_unread:
            conditions.append(N.unread == sa.true())
        elif self.is_read is not None:
            unread = N.read_at.is_(None)
            conditions.append(sa.not_(unread) if self.is_read else unread)
        if self.created_after:
            conditions.append(N.created_at > self.created_after)
        if self.created_before:
            conditions.append(N.created_at < self.created_before)
        if self.group is not None:
            conditions.append(N.group_key == self.group)
        if self.ids is not None:
            conditions.append(N.id.in_(self.ids))
        return conditions

    def on_event(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions on what happened."""
        conditions: list[sa.ColumnElement[bool]] = []
        if self.priority:
            conditions.append(E.priority == self.priority)
        if self.topic:
            conditions.append(E.topic == self.topic)
        if self.search:
            conditions.append(E.search_text.like(like_pattern(self.search), escape="\\"))
        return conditions

    def where(self, *, listed: bool = True) -> list[sa.ColumnElement[bool]]:
        """Return all conditions for a statement on notifications alone; `listed`: in their place only."""
        conditions = self.on_notification()
        if listed:
            conditions += self.in_place()
        about = self.on_event()
        if about:
            matching = sa.select(E.id).where(E.id == N.event_id, *about)
            conditions.append(matching.exists())
        return conditions


def up_to(surfaced_at: dt.datetime, id_: int) -> Any:
    """Return the condition for a notification and all older ones on screen."""
    position: Any = sa.tuple_(N.surfaced_at, N.id)
    return position <= (surfaced_at, id_)
