"""Selects on groups: of what is unread and shares a group key, the newest stands for all in a folded list."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core.database import Id, db, table
from hackitech.core.pagination import Keyset, Page
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.user import User
from hackitech.notifications.filters import Filters
from hackitech.notifications.queries import joined

N = table(Notification).c
E = table(Event).c
MEMBER, HAPPENED, ACTOR = table(Notification).alias("member"), table(Event).alias("happened"), table(User)
M = MEMBER.c
PLACE: Any = sa.tuple_(M.surfaced_at, M.id)

COUNTED = 1000
"""So many of a group are counted: it may hold a whole mailbox."""
MOST_MEMBERS = 10_000
"""So many of a group an action reaches at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """What stands behind a row: events, of `COUNTED` at most, and who did it, the newest first."""

    events: int
    actors: int
    actor_names: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return what the API says of it."""
        return asdict(self)


def folded_page(
    filters: Filters, recipient_id: int | None, keyset: Keyset, cursor: str | None, size: int
) -> Page:
    """Return a page of rows of `queries.COLUMNS` where each group of unread ones is its newest.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    own = [] if recipient_id is None else [N.recipient_id == recipient_id]
    shown = sa.not_(_newer(filters.types)).label("shown")
    keys = sa.select(N.surfaced_at, N.id, shown).where(*own, *filters.where())
    page = keyset.sift(keys, cursor, size)
    return Page(_in_order([row.id for row in page.rows]), page.next, page.previous)


def _of_group(types: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on the members of a row's group, as their index lies."""
    same = [M.recipient_id == N.recipient_id, M.group_key == N.group_key, M.unread == sa.true()]
    return [*same, M.notification_type.in_(types)] if types else same


def _newer(types: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a newer one of its group stands for a row."""
    place: Any = sa.tuple_(M.surfaced_at, M.id)
    newer = sa.select(M.id).where(
        N.unread == sa.true(), *_of_group(types), place > sa.tuple_(N.surfaced_at, N.id)
    )
    return newer.correlate(table(Notification)).exists()


def _in_order(ids: list[int]) -> list[Any]:
    found = {row.id: row for row in db.session.execute(joined().where(N.id.in_(ids)))} if ids else {}
    return [found[id_] for id_ in ids if id_ in found]


def groups_of(session: Session, rows: Sequence[Any], types: Sequence[str] = ()) -> dict[int, Group]:
    """Return what stands behind each of these rows that is unread and in a group, by their ids."""
    grouped = {row.id: row for row in rows if row.group_key is not None and row.read_at is None}
    if not grouped:
        return {}
    return {
        found.id: Group(
            events=found.events,
            actors=found.actors,
            actor_names=[name for name in (grouped[found.id].actor_name, found.another) if name],
        )
        for found in session.execute(_groups(tuple(types)), {"ids": list(grouped)})
    }


@cache
def _groups(types: tuple[str, ...]) -> sa.Select[Any]:
    """Select the size of the groups of `ids`, their actors, and the newest actor who is not the row's own."""

    def members() -> Any:
        wanted = sa.select(M.surfaced_at, M.id, HAPPENED.c.actor_id)
        joined_with_event = MEMBER.join(HAPPENED, HAPPENED.c.id == M.event_id)
        limited = (
            wanted.select_from(joined_with_event).where(*_of_group(types)).correlate(table(Notification))
        )
        return limited.order_by(M.surfaced_at.desc(), M.id.desc()).limit(COUNTED).subquery()

    counted, acted, others = members(), members(), members()
    another = (
        sa.select(ACTOR.c.name)
        .join(others, others.c.actor_id == ACTOR.c.id)
        .where(others.c.actor_id.is_distinct_from(E.actor_id))
        .order_by(others.c.surfaced_at.desc(), others.c.id.desc())
        .limit(1)
        .correlate(table(Event))
    )
    return (
        sa.select(
            N.id,
            sa.select(sa.func.count()).select_from(counted).scalar_subquery().label("events"),
            sa.select(sa.func.count(acted.c.actor_id.distinct())).scalar_subquery().label("actors"),
            another.scalar_subquery().label("another"),
        )
        .select_from(table(Notification).join(table(Event), E.id == N.event_id))
        .where(N.id.in_(sa.bindparam("ids", type_=Id, expanding=True)))
    )


def with_members(session: Session, recipient_id: int, ids: Sequence[int], types: Sequence[str]) -> list[int]:
    """Return the ids of these notifications, and of all older unread ones that each stands for."""
    stands_for = [*_of_group(types), N.unread == sa.true(), sa.tuple_(N.surfaced_at, N.id) > PLACE]
    members = (
        sa.select(M.id)
        .select_from(table(Notification).join(MEMBER, sa.and_(*stands_for)))
        .where(N.id.in_(ids), N.recipient_id == recipient_id)
        .limit(MOST_MEMBERS)
    )
    return [*ids, *(id_ for id_ in session.scalars(members) if id_ not in set(ids))]
