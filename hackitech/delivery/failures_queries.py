"""Selects on deliveries that failed and that nobody has dealt with yet.

Their index is walked a bounded way, and what a filter asks is a column of each row (`shown`): as a condition
it would let Postgres look at all there are before it finds the first.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.channels.outcomes import alike
from hackitech.channels.registry import CHANNELS
from hackitech.core.database import db, table
from hackitech.core.pagination import Keyset, Page
from hackitech.delivery.failure_filters import DETAIL, D, E, FailureFilters, N, in_index, unsettled
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.user import User

NEWEST_FIRST = Keyset((D.id,))
GROUPED = 10_000
"""So many of a channel’s newest failures are looked at to group them, and to say what a replay would do."""
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
        rows = session.execute(_walk(filters, key).order_by(D.id.desc()).limit(GROUPED + 1)).all()
        found += [row for row in rows[:GROUPED] if row.shown and filters.takes(row)]
        left = left or len(rows) > GROUPED
    return sorted(found, key=lambda row: row.id, reverse=True), left


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
    page = NEWEST_FIRST.sift(_walk(filters, filters.channel or ""), cursor, size)
    ids = [row.id for row in page.rows if filters.takes(row)]
    columns = (
        *(D.id, D.updated_at, D.attempts, D.notification_id, DETAIL.label("detail")),
        *(N.event_id, E.title, E.notification_type),
        *(D.recipient_id, User.name.label("recipient_name"), User.email.label("recipient_email")),
    )
    query = _joined(*columns).join(User, User.id == D.recipient_id).where(D.id.in_(ids))
    return Page(db.session.execute(query.order_by(D.id.desc())).all(), page.next, page.previous)


def next_failures(
    session: Session, filters: FailureFilters, after: int, upto: int, size: int
) -> tuple[list[Any], int | None]:
    """Return the next failures with ids above `after`, and where to go on; None where that was all."""
    found: list[Any] = []
    for key in _channels(filters):
        ahead = _walk(filters, key).where(D.id > after, D.id <= upto)
        found += session.execute(ahead.order_by(D.id).limit(size))
    found.sort(key=lambda row: row.id)
    chunk = found[:size]
    taken = [row for row in chunk if row.shown and filters.takes(row)]
    return taken, chunk[-1].id if len(chunk) == size else None


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
    some = _joined(D.id).where(*filters.where()).limit(COUNTED).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def newest_id(session: Session) -> int:
    """Return the newest delivery's id: what comes later has not failed yet."""
    return session.scalar(sa.select(sa.func.max(D.id))) or 0


def _channels(filters: FailureFilters) -> list[str]:
    return [key for key in CHANNELS if filters.channel in (None, key)]


def _joined(*columns: Any) -> sa.Select[Any]:
    whole = table(Delivery).join(table(Notification), N.id == D.notification_id)
    return sa.select(*columns).select_from(whole.join(table(Event), E.id == N.event_id))


def _walk(filters: FailureFilters, channel: str) -> sa.Select[Any]:
    """Select what lies in the index of a channel's failures; what the filters want is `shown`."""
    shown = sa.and_(*filters.where()).label("shown")
    rows = _joined(D.id, D.channel, D.status, D.updated_at, DETAIL.label("detail"), shown)
    rows = rows.where(*in_index(), D.channel == channel)
    return rows if filters.event_id is None else rows.where(N.event_id == filters.event_id)
