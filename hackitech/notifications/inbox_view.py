"""What the pages of the inbox show: which part of it the reader looks at, its rows, its counts."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from flask_login import current_user

from hackitech.catalog.lookup import find_type
from hackitech.core.database import db
from hackitech.core.dates import day_group
from hackitech.core.i18n import in_language
from hackitech.core.json_input import check_text
from hackitech.notifications import queries
from hackitech.notifications.filters import Filters

VIEWS = {
    "all": Filters(),
    "unread": Filters(is_read=False),
    "snoozed": Filters(snoozed=True),
    "archived": Filters(archived=True),
}
"""The tabs."""
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

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Screen":
        """Read it from a query string or a form; an unknown tab is the first one.

        Raises:
            Invalid: a text that no database can hold.
        """
        view, type_key, q = (values.get(name, "") for name in ("view", "type", "q"))
        check_text(type_key + q)
        return cls(view if view in VIEWS else "all", type_key, q.strip()[:MAX_WORDS])

    def filters(self, ids: Iterable[int] | None = None) -> Filters:
        """Return its filters; with `ids`, for those among them that stand in it."""
        types = (self.type_key,) if self.type_key else ()
        among = None if ids is None else tuple(ids)
        return dataclasses.replace(VIEWS[self.view], types=types, search=self.q, ids=among)

    def url(self, **more: Any) -> str:
        """Return its address, without what is empty."""
        view = None if self.view == "all" else self.view
        return url_for("inbox_pages.inbox", view=view, type=self.type_key or None, q=self.q or None, **more)

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
        page, group = values.get("page", ""), values.get("group", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        return cls(values.get("cursor"), max(number, 1), group if group in DAY_GROUPS else "")


def counts_context(screen: Screen, mailbox: Mailbox) -> Context:
    """Return what `_counts.html` shows: tabs follow the type filter, never the search."""
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
    wanted = queries.select_notifications(screen.filters(), current_user.id)
    page = queries.by_surfacing().page(wanted, place.cursor, PAGE_SIZE)
    more_url = None
    if page.next:
        group = day_group(page.rows[-1].surfaced_at)
        more_url = screen.url(cursor=page.next, page=place.number + 1, group=group)
    return {
        "rows": [present_row(row) for row in page.rows],
        "page_number": place.number,
        "page_size": PAGE_SIZE,
        "previous_group": place.previous_group,
        "more_url": more_url,
        "newest_id": page.rows[0].id if page.rows else 0,
        "newer_url": screen.url() if place.cursor else None,
        **screen.context(),
    }


def rows_still_on(screen: Screen, ids: Iterable[int]) -> list[Context]:
    """Return those among these notifications that stand in the reader's list as it is now."""
    wanted = queries.select_notifications(screen.filters(ids), current_user.id)
    return [present_row(row) for row in db.session.execute(wanted)]


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
    }


def _category(notification_type: str) -> str:
    known = find_type(db.session, notification_type)
    return known.category if known else ""
