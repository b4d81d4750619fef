"""Selects on notifications; lists are returned unexecuted, to be paginated."""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as P
from sqlalchemy.orm import Session

from hackitech.core.database import Id, table
from hackitech.core.errors import NotFound
from hackitech.core.pagination import EPOCH, Keyset
from hackitech.models.event import Event
from hackitech.models.mailbox_count import MailboxCount
from hackitech.models.notification import PLACES, Notification
from hackitech.models.user import User
from hackitech.notifications.filters import Filters

# Tables rather than entities: lists are read often, and the ORM would add half again to their cost.
N, E, Counts = table(Notification).c, table(Event).c, table(MailboxCount).c
ACTOR = table(User).alias("actor")
COLUMNS = (
    N.id,
    N.event_id,
    N.recipient_id,
    N.notification_type,
    N.read_at,
    N.seen_at,
    N.archived_at,
    N.snoozed_until,
    N.acknowledged_at,
    N.created_at,
    N.surfaced_at,
    N.in_inbox,
    N.in_app_rule,
    N.version,
    E.title,
    E.message,
    E.action_url,
    E.data,
    E.priority,
    E.topic,
    E.object,
    E.group_key,
    E.expires_at,
    E.acknowledge,
    E.actor_id,
    E.sender_id,
    ACTOR.c.name.label("actor_name"),
)


def by_surfacing(*, ascending: bool = False) -> Keyset:
    """Order a member's list: what surfaced last comes first."""
    return Keyset((N.surfaced_at, N.id), ascending)


def by_creation(*, ascending: bool = False) -> Keyset:
    """Order a list over many members."""
    return Keyset((N.id,), ascending)


def select_notifications(filters: Filters, recipient_id: int | None) -> sa.Select[Any]:
    """Select a list: one member's, or everybody's for an admin."""
    query = joined().where(*filters.in_place())
    if recipient_id is not None:
        query = query.where(N.recipient_id == recipient_id)
    return query.where(*filters.on_notification(), *filters.on_event())


@cache
def joined() -> sa.Select[Any]:
    """Select `COLUMNS` of every notification."""
    whole = table(Notification).join(table(Event), E.id == N.event_id)
    return sa.select(*COLUMNS).select_from(whole.outerjoin(ACTOR, ACTOR.c.id == E.actor_id))


@cache
def _one() -> sa.Select[Any]:
    return joined().where(N.id == P("id", type_=Id), N.deleted_at.is_(None))


@cache
def _one_of_recipient() -> sa.Select[Any]:
    return _one().where(N.recipient_id == P("recipient", type_=Id))


def get_notification(session: Session, id_: int, recipient_id: int | None) -> Any:
    """Return one row of `COLUMNS`; `recipient_id` None is an admin's view.

    Raises:
        NotFound: unknown, deleted, or somebody else's.
    """
    query = _one() if recipient_id is None else _one_of_recipient()
    row = session.execute(query, {"id": id_, "recipient": recipient_id}).one_or_none()
    if row is None:
        raise NotFound("No notification has this id.")
    return row


def action_labels(session: Session, event_id: int) -> dict[str, str]:
    """Return what an event calls its link, by language; nothing where it does not say."""
    wording = session.execute(sa.select(E.channel_wording).where(E.id == event_id)).scalar_one()
    return {locale: words["action_label"] for locale, words in wording.items() if "action_label" in words}


@cache
def _of_event() -> sa.Select[Any]:
    return joined().where(N.event_id == P("event", type_=Id), N.recipient_id == P("recipient", type_=Id))


def get_copy(session: Session, event_id: int, recipient_id: int) -> Any:
    """Return one member's copy of an event."""
    return session.execute(_of_event(), {"event": event_id, "recipient": recipient_id}).one()


def copies_of_event(session: Session, event_id: int, recipients: Iterable[int]) -> list[Any]:
    """Return what these members see of an event, those in their inboxes only."""
    return list(session.execute(_copies(event_id, recipients).where(Notification.place == "inbox")))


def shown_copies_of_event(session: Session, event_id: int, recipients: Iterable[int]) -> list[Any]:
    """Return what these members see of an event, wherever they find it."""
    return list(session.execute(_copies(event_id, recipients).where(Notification.place != "hidden")))


def _copies(event_id: int, recipients: Iterable[int]) -> sa.Select[Any]:
    return joined().where(Notification.event_id == event_id, Notification.recipient_id.in_(list(recipients)))


def recipients_of_event(session: Session, event_id: int, among: Iterable[int]) -> list[int]:
    """Return which of these members have a copy of an event, hidden or not."""
    query = sa.select(Notification.recipient_id).where(
        Notification.event_id == event_id, Notification.recipient_id.in_(list(among))
    )
    return list(session.scalars(query))


def shown_by_id(session: Session, ids: Iterable[int]) -> list[Any]:
    """Return those of these notifications that their readers find somewhere, oldest first."""
    wanted = joined().where(N.id.in_(list(ids)), N.place != "hidden")
    return list(session.execute(wanted.order_by(N.surfaced_at, N.id)))


@cache
def _counts() -> sa.Select[Any]:
    return sa.select(table(MailboxCount)).where(Counts.user_id == P("user", type_=Id))


def mailbox_counts(session: Session, user_id: int) -> dict[str, dict[str, int]]:
    """Return how many a member has by type, then by `unread`, `inbox`, `snoozed` and `archived`."""
    rows = session.execute(_counts(), {"user": user_id})
    return {row.notification_type: {k: getattr(row, k) for k in ("unread", *PLACES)} for row in rows}


def unread_counts(session: Session, user_ids: Iterable[int]) -> dict[int, int]:
    """Return the unread count of each of these members."""
    ids = list(user_ids)
    totals = (
        sa.select(Counts.user_id, sa.func.sum(Counts.unread))
        .where(Counts.user_id.in_(ids))
        .group_by(Counts.user_id)
    )
    return {**dict.fromkeys(ids, 0), **{user: int(total) for user, total in session.execute(totals)}}


def unread_count(session: Session, user_id: int) -> int:
    """Return how many unread notifications a member's inbox holds."""
    return unread_counts(session, [user_id])[user_id]


@cache
def _last_id() -> sa.Select[Any]:
    return (
        sa.select(N.id)
        .where(N.recipient_id == P("user", type_=Id), N.place == "inbox")
        .order_by(N.surfaced_at.desc(), N.id.desc())
        .limit(1)
    )


def last_id(session: Session, user_id: int) -> int:
    """Return the id of what surfaced last in a member's inbox, or 0."""
    return session.scalar(_last_id(), {"user": user_id}) or 0


def position_of(session: Session, user_id: int, id_: int) -> tuple[dt.datetime, int]:
    """Return where a notification of a member lies among what surfaced, deleted or not.

    An id that is nobody's, or somebody else's, stands for the time at which it was given out.
    """
    own = sa.select(N.surfaced_at).where(N.id == id_, N.recipient_id == user_id)
    surfaced_at = session.scalar(own)
    if surfaced_at is not None:
        return surfaced_at, id_
    neighbour = sa.select(N.created_at).where(N.id <= id_).order_by(N.id.desc())
    return session.scalar(neighbour.limit(1)) or EPOCH, id_


def surfaced_after(
    session: Session, user_id: int, position: tuple[dt.datetime, int], limit: int
) -> list[Any]:
    """Return what surfaced in a member's inbox after a position, oldest first."""
    place: Any = sa.tuple_(N.surfaced_at, N.id)
    query = (
        joined()
        .where(N.recipient_id == user_id, N.place == "inbox", place > position)
        .order_by(N.surfaced_at, N.id)
        .limit(limit)
    )
    return list(session.execute(query))


def surfaced_since(session: Session, user_ids: Iterable[int], since: dt.datetime) -> list[Any]:
    """Return id, event_id, recipient_id and surfaced_at of what surfaced in these inboxes, oldest first."""
    query = (
        sa.select(N.id, N.event_id, N.recipient_id, N.surfaced_at)
        .where(
            N.recipient_id.in_(list(user_ids)),
            N.place == "inbox",
            N.surfaced_at > since,
        )
        .order_by(N.surfaced_at, N.id)
    )
    return list(session.execute(query))
