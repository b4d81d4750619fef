"""Selects on deliveries that failed and that nobody has dealt with yet."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.channels.outcomes import alike
from hackitech.channels.registry import CHANNELS
from hackitech.core.database import table
from hackitech.core.pagination import Keyset, Page
from hackitech.delivery.failure_filters import DETAIL, D, E, FailureFilters, N, in_index, unsettled
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.user import User

NEWEST_FIRST = Keyset((D.id,))
GROUPED = 10_000
"""So many failures, the newest, are looked at to group them, and to say what a replay would do."""
LOOKED_AT = 50_000
"""So many of a channel's failures are asked for what a filter wants."""
COUNTED = 1_000_000


@dataclass(frozen=True, slots=True)
class Group:
    """Failures of one channel and class whose last answers are alike."""

    channel: str
    status: str
    error: str
    count: int
    oldest: dt.datetime
    newest: dt.datetime
    example: str
    """The newest answer, word for word."""


def newest_failures(session: Session, filters: FailureFilters) -> tuple[list[Any], bool]:
    """Return id, channel, status, updated_at and detail of the newest; and whether older ones were left."""
    found: list[Any] = []
    left = False
    for key in _channels(filters):
        query = _failures(filters).where(D.channel == key)
        if filters.event_id is None and (end := _end_of_look(session, key)):
            query, left = query.where(D.id > end), True
        found += session.execute(query.order_by(D.id.desc()).limit(GROUPED + 1))
    found.sort(key=lambda row: row.id, reverse=True)
    return [row for row in found[:GROUPED] if filters.takes(row)], left or len(found) > GROUPED


def group_failures(rows: Sequence[Any]) -> list[Group]:
    """Return the groups of rows of `newest_failures`, the largest first."""
    alike_rows: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        alike_rows.setdefault((row.channel, row.status, alike(row.detail)), []).append(row)
    groups = [
        Group(
            *key,
            count=len(members),
            oldest=min(row.updated_at for row in members),
            newest=max(row.updated_at for row in members),
            example=members[0].detail,
        )
        for key, members in alike_rows.items()
    ]
    return sorted(groups, key=lambda group: (-group.count, group.channel, group.error))


def failures_page(filters: FailureFilters, cursor: str | None, size: int) -> Page:
    """Return a page of one channel's failures, newest first, with whom and what each is about.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    query = _failures(filters).add_columns(
        *(D.notification_id, D.attempts, N.event_id, E.title, E.notification_type),
        *(D.recipient_id, User.name.label("recipient_name"), User.email.label("recipient_email")),
    )
    query = query.join(User, User.id == D.recipient_id)
    walked = sa.select(D.id).where(*in_index(), D.channel == filters.channel)
    page = NEWEST_FIRST.within(query, [walked], cursor, size, LOOKED_AT)
    return Page([row for row in page.rows if filters.takes(row)], page.next, page.previous)


def next_failures(
    session: Session, filters: FailureFilters, after: int, upto: int, size: int
) -> tuple[list[Any], int | None]:
    """Return the next failures with ids above `after`, and where to go on; None where that was all."""
    found: list[Any] = []
    for key in _channels(filters):
        ahead = _failures(filters).where(D.channel == key, D.id > after, D.id <= upto)
        found += session.execute(ahead.order_by(D.id).limit(size))
    found.sort(key=lambda row: row.id)
    chunk = found[:size]
    return [row for row in chunk if filters.takes(row)], chunk[-1].id if len(chunk) == size else None


def failures_among(session: Session, ids: Collection[int], *, lock: bool = False) -> dict[str, list[int]]:
    """Return which of these are failures still, by channel.

    With `lock` whoever comes second finds them settled.
    """
    still = sa.select(D.id, D.channel).where(D.id.in_(list(ids)), *unsettled()).order_by(D.id)
    return by_channel(session.execute(still.with_for_update() if lock else still))


def by_channel(rows: Iterable[Any]) -> dict[str, list[int]]:
    """Return the ids of rows, by their channel."""
    ids: dict[str, list[int]] = {}
    for row in rows:
        ids.setdefault(row.channel, []).append(row.id)
    return ids


def count_failures(session: Session, filters: FailureFilters) -> int:
    """Count failures whatever their answers, up to `COUNTED`."""
    some = _joined().where(*filters.where()).limit(COUNTED).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def newest_id(session: Session) -> int:
    """Return the newest delivery's id: what comes later has not failed yet."""
    return session.scalar(sa.select(sa.func.max(D.id))) or 0


def _channels(filters: FailureFilters) -> list[str]:
    return [key for key in CHANNELS if filters.channel in (None, key)]


def _joined() -> sa.Select[Any]:
    whole = table(Delivery).join(table(Notification), N.id == D.notification_id)
    return sa.select(D.id).select_from(whole.join(table(Event), E.id == N.event_id))


def _failures(filters: FailureFilters) -> sa.Select[Any]:
    columns = D.channel, D.status, D.updated_at, DETAIL.label("detail")
    return _joined().add_columns(*columns).where(*filters.where())


def _end_of_look(session: Session, channel: str) -> int | None:
    """Return the newest of a channel's failures that is too old to be looked at, None where none is."""
    newest = sa.select(D.id).where(*in_index(), D.channel == channel).order_by(D.id.desc())
    return session.scalar(newest.offset(LOOKED_AT).limit(1))
