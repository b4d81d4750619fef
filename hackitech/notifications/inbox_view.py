"""What the pages of the inbox show: which part of it the reader looks at, its rows, its counts."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from flask_login import current_user

from hackitech.catalog.lookup import find_type
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.dates import day_group
from hackitech.core.i18n import in_language
from hackitech.core.json_input import check_text
from hackitech.core.pagination import Page
from hackitech.notifications import queries
from hackitech.notifications.filters import Filters
from hackitech.notifications.folding_queries import Group, folded_page, groups_of, with_members
from hackitech.notifications.sentences import say_group
from hackitech.notifications.snoozing import first_day

VIEWS = {
    "all": Filters(),
    "unread": Filters(is_read=False),
    "snoozed": Filters(snoozed=True),
    "archived": Filters(archived=True),
}
"""The tabs."""
FOLDED_VIEWS = ("all", "unread")
DAY_GROUPS = ("today", "yesterday", "week", "older")
PAGE_SIZE = 25
MAX_WORDS = 200

Context = dict[str, Any]


class Mailbox:
    """The reader's counts and newest notification, read when a template first asks for them."""

    @cached_property
    def by_type(self) -> dict[str, dict[str, int]]:
        """How many of each type are unread, and in each place."""
        return queries.mailbox_counts(db.session(), current_user.id)

    @property
    def unread_count(self) -> int:
        """What the badge says."""
        return sum(counts["unread"] for counts in self.by_type.values())

    @cached_property
    def newest_id(self) -> int:
        """The id that the live stream goes on after."""
        return queries.last_id(db.session(), current_user.id)


@dataclass(frozen=True, slots=True)
class Screen:
    """The part of the inbox that the reader looks at: a tab, narrowed by type and by words."""

    view: str = "all"
    type_key: str = ""
    q: str = ""
    group: str = ""
    """The key of a group whose unread ones are listed, each for itself."""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Screen":
        """Read it from a query string or a form; an unknown tab is the first one.

        Raises:
            Invalid: a text that no database can hold.
        """
        view, type_key, q, group = (values.get(name, "") for name in ("view", "type", "q", "group"))
        check_text(type_key + q + group)
        if view not in VIEWS:
            view = "all"
        return cls(view, type_key, q.strip()[:MAX_WORDS], group if view in FOLDED_VIEWS else "")

    @property
    def folds(self) -> bool:
        """Whether the newest of a group stands for all of it; who searches wants to see each."""
        return self.view in FOLDED_VIEWS and not (self.q or self.group)

    def filters(self, ids: Iterable[int] | None = None) -> Filters:
        """Return its filters; with `ids`, for those among them that stand in it."""
        among = None if ids is None else tuple(ids)
        narrowed = dataclasses.replace(VIEWS[self.view], types=self.types, search=self.q, ids=among)
        return dataclasses.replace(narrowed, group=self.group or None)

    @property
    def types(self) -> tuple[str, ...]:
        """The types that it is narrowed to, none for all."""
        return (self.type_key,) if self.type_key else ()

    def url(self, **more: Any) -> str:
        """Return its address, without what is empty."""
        view = None if self.view == "all" else self.view
        named = {"type": self.type_key or None, "q": self.q or None, "group": self.group or None}
        return url_for("inbox_pages.inbox", view=view, **{**named, **more})

    def context(self) -> Context:
        """Return what every fragment of the inbox needs."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list a page of rows begins."""

    cursor: str | None = None
    number: int = 1
    previous_group: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Place":
        """Read it from the query string that `list_context` made."""
        page, day = values.get("page", ""), values.get("day", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        return cls(values.get("cursor"), max(number, 1), day if day in DAY_GROUPS else "")


def counts_context(screen: Screen, mailbox: Mailbox) -> Context:
    """Return what `_counts.html` and `_numbers.html` show: tabs follow the type filter, never the search."""
    counted = [
        counts for key, counts in mailbox.by_type.items() if not screen.type_key or key == screen.type_key
    ]
    places = {"all": "inbox", "unread": "unread", "snoozed": "snoozed", "archived": "archived"}
    counts = {tab: sum(one[place] for one in counted) for tab, place in places.items()}
    return {"counts": counts, "mailbox": mailbox, **screen.context()}


def list_context(screen: Screen, place: Place) -> Context:
    """Return what `_list.html` and `_page.html` show.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    page = _page(screen, place.cursor)
    more_url = None
    if page.next:
        day = day_group(page.rows[-1].surfaced_at) if page.rows else place.previous_group
        more_url = screen.url(cursor=page.next, page=place.number + 1, day=day or None)
    return {
        "rows": _present_rows(screen, page.rows),
        "page_number": place.number,
        "page_size": PAGE_SIZE,
        "previous_group": place.previous_group,
        "more_url": more_url,
        "newest_id": page.rows[0].id if page.rows else 0,
        "newer_url": screen.url() if place.cursor else None,
        "first_day": first_snooze_day(),
        **screen.context(),
    }


def first_snooze_day() -> dt.date:
    """Return the first day that the reader can snooze to."""
    return first_day(clock.now(), current_user.timezone)


def rows_still_on(screen: Screen, ids: Iterable[int]) -> list[Context]:
    """Return those among these notifications that stand in the reader's list as it is now."""
    wanted = queries.select_notifications(screen.filters(ids), current_user.id)
    return _present_rows(screen, db.session.execute(wanted).all())


def ids_behind(screen: Screen, ids: list[int]) -> list[int]:
    """Return what an action on these rows is about: where they are folded, all that they stand for."""
    return with_members(db.session(), current_user.id, ids, screen.types) if screen.folds else ids


def _page(screen: Screen, cursor: str | None) -> Page:
    keyset, filters = queries.by_surfacing(), screen.filters()
    if screen.folds:
        return folded_page(filters, current_user.id, keyset, cursor, PAGE_SIZE)
    return keyset.page(queries.select_notifications(filters, current_user.id), cursor, PAGE_SIZE)


def _present_rows(screen: Screen, rows: Sequence[Any]) -> list[Context]:
    groups = groups_of(db.session(), rows, screen.types) if screen.folds else {}
    return [{**present_row(row), "group": _present_group(screen, row, groups.get(row.id))} for row in rows]


def _present_group(screen: Screen, row: Any, group: Group | None) -> Context | None:
    if group is None or group.events == 1:
        return None
    opened = dataclasses.replace(screen, group=row.group_key)
    return {"key": row.group_key, "text": say_group(group), "url": opened.url()}


def present_row(row: Any) -> Context:
    """Return what `_row.html` shows of a row of `queries.COLUMNS`."""
    return {
        "id": row.id,
        "title": in_language(row.title),
        "message": in_language(row.message),
        "category": _category(row.notification_type),
        "is_read": row.read_at is not None,
        "priority": row.priority,
        "surfaced_at": row.surfaced_at,
        "archived_at": row.archived_at,
        "snoozed_until": row.snoozed_until,
        "to_acknowledge": row.acknowledge and row.acknowledged_at is None,
    }


def _category(notification_type: str) -> str:
    known = find_type(db.session, notification_type)
    return known.category if known else ""
