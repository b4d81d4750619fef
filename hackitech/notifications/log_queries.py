"""Selects for the log: everybody's notifications, walked along an index and never further than is quick."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as P
from sqlalchemy.orm import Session

from hackitech.core.database import Id, chosen_by, table
from hackitech.core.errors import NotFound
from hackitech.core.pagination import Keyset, Page
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import PLACES, Notification
from hackitech.models.user import User
from hackitech.notifications.log_filters import LogFilters
from hackitech.notifications.queries import by_creation, by_surfacing

N, E, D, U = table(Notification).c, table(Event).c, table(Delivery).c, table(User).c
COLUMNS = (
    *(N.id, N.event_id, N.recipient_id, N.notification_type, N.in_inbox, N.in_app_rule),
    *(N.created_at, N.surfaced_at, N.seen_at, N.read_at, N.acknowledged_at, N.archived_at),
    *(N.snoozed_until, N.expired_at, N.deleted_at),
    *(E.title, E.topic, E.priority, E.acknowledge, E.retracted_at, E.status.label("event_status")),
    *(U.name.label("recipient_name"), U.email.label("recipient_email")),
)
LOOKED_AT = 20_000
"""So many rows a page looks at: a filter that finds nothing must not read a million in one request."""
EVERYWHERE = (*PLACES, "hidden")
"""The places of a mailbox, in each of which its index has an order."""
DISORDER = dt.timedelta(minutes=5)
"""Ids grow with the time of creation, but for transactions that ran side by side."""


def log_page(session: Session, filters: LogFilters, cursor: str | None, size: int) -> Page:
    """Return a page of rows of `COLUMNS`, newest first; where it is short, `reached` says how far it looked.

    An event's copies are listed by recipient, a member's by when they surfaced: as their indexes have them.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    keyset, asked = keyset_of(filters), filters.of_rows()
    walked = sa.select(*keyset.columns, N.created_at).where(*filters.of_walk())
    if filters.is_mailbox:
        places = [walked.where(N.place == place) for place in EVERYWHERE]
        return keyset.within(joined().where(*asked), places, cursor, size, LOOKED_AT if asked else size + 1)
    query = joined().where(*filters.of_walk(), *asked)
    if not asked:
        return keyset.page(query, cursor, size)
    begin, end = _id_bounds(session, filters)
    if cursor is None and end is not None:
        cursor = keyset.behind(end)
    if begin is not None:
        walked = walked.where(N.id >= begin)
    return keyset.within(query, [walked], cursor, size, LOOKED_AT)


def keyset_of(filters: LogFilters) -> Keyset:
    """Return the order in which an index has what these filters lead to."""
    if filters.event_id is not None:
        return Keyset((N.recipient_id,))
    return by_surfacing() if filters.is_mailbox else by_creation()


@cache
def joined() -> sa.Select[Any]:
    """Select `COLUMNS` of every notification, those that were deleted included."""
    whole = table(Notification).join(table(Event), E.id == N.event_id)
    return sa.select(*COLUMNS).select_from(whole.join(table(User), U.id == N.recipient_id))


def get_logged(session: Session, id_: int) -> Any:
    """Return one row of `COLUMNS`.

    Raises:
        NotFound: unknown, or purged.
    """
    row = session.execute(joined().where(N.id == id_)).one_or_none()
    if row is None:
        raise NotFound("No notification has this id.")
    return row


def deliveries_in_short(session: Session, notification_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return channel, status and rule of every delivery of these notifications, by notification."""
    columns = D.notification_id, D.channel, D.target, D.status, D.rule
    wanted = sa.select(*columns).where(D.notification_id.in_(notification_ids))
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in session.execute(wanted.order_by(D.channel, D.target, D.generation)):
        found[row.notification_id].append(row)
    return found


def walked_by(filters: LogFilters) -> Any:
    """Return the column that leads through all that these filters may find, each row once."""
    return N.id if filters.event_id is None else N.recipient_id


def span(session: Session, filters: LogFilters) -> tuple[int, int]:
    """Return the first and last value of `walked_by` at this moment; (1, 0) where there is nothing."""
    column: Any = walked_by(filters)
    walked = sa.select(column).where(*filters.of_walk())
    if filters.is_mailbox:
        # Fenced: Postgres would look for a member's first id among everybody's.
        fenced = walked.offset(0).subquery()
        ends = sa.select(sa.func.min(fenced.c.id), sa.func.max(fenced.c.id))
    else:  # two selects: SQLite looks up one end in an index, but scans it for both
        first_and_last = (walked.with_only_columns(most(column)) for most in (sa.func.min, sa.func.max))
        ends = sa.select(*(one.scalar_subquery() for one in first_and_last))
    first, last = session.execute(ends).one()
    if first is None:
        return 1, 0
    begin, end = _id_bounds(session, filters)
    first = first if begin is None else max(first, begin)
    return first, max(first - 1, last if end is None else min(last, end - 1))


def behind(session: Session, filters: LogFilters, position: int) -> list[sa.ColumnElement[bool]]:
    """Return the conditions for what an export walks through behind a position."""
    column: Any = walked_by(filters)
    through = [*filters.of_walk(), column > position]
    if filters.is_mailbox:  # in order of id, but from the mailbox
        return [chosen_by(session, N.id, sa.select(N.id).where(*through))]
    return through


def _id_bounds(session: Session, filters: LogFilters) -> tuple[int | None, int | None]:
    """Return what the times mean for ids, the second excluded, where nothing else leads to the rows."""
    after, before = filters.created_after, filters.created_before
    if filters.of_walk():
        return None, None
    return (
        None if after is None else first_id_since(session, after - DISORDER),
        None if before is None else first_id_since(session, before + DISORDER),
    )


@cache
def _at_or_above() -> sa.Select[Any]:
    return sa.select(N.id, N.created_at).where(N.id >= P("id", type_=Id)).order_by(N.id).limit(1)


def first_id_since(session: Session, moment: dt.datetime) -> int:
    """Return where the ids of what was created at a time or later begin, by halving."""
    low, high = span(session, LogFilters())
    high += 1
    while low < high:
        middle = (low + high) // 2
        row = session.execute(_at_or_above(), {"id": middle}).first()
        if row is None or row.created_at >= moment:
            high = middle
        else:
            low = row.id + 1
    return low
