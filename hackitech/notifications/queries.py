"""Selects on notifications; lists are returned unexecuted, to be paginated."""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as P
from sqlalchemy.orm import Session, aliased

from hackitech.core.database import Id
from hackitech.core.errors import NotFound
from hackitech.core.pagination import EPOCH, Keyset
from hackitech.models.event import Event
from hackitech.models.mailbox_count import MailboxCount
from hackitech.models.notification import PLACES, Notification
from hackitech.models.user import User
from hackitech.notifications.filters import Filters

Actor = aliased(User, name="actor")
COLUMNS = (
    Notification.id,
    Notification.event_id,
    Notification.recipient_id,
    Notification.notification_type,
    Notification.read_at,
    Notification.seen_at,
    Notification.archived_at,
    Notification.snoozed_until,
    Notification.created_at,
    Notification.surfaced_at,
    Notification.in_inbox,
    Notification.in_app_rule,
    Notification.version,
    Event.title,
    Event.message,
    Event.channel_wording,
    Event.action_url,
    Event.data,
    Event.priority,
    Event.topic,
    Event.group_key,
    Event.expires_at,
    Event.actor_id,
    Event.sender_id,
    Actor.name.label("actor_name"),
)


def by_surfacing(*, ascending: bool = False) -> Keyset:
    """Order a member's list: what surfaced last comes first."""
    return Keyset((Notification.surfaced_at, Notification.id), ascending)


def by_creation(*, ascending: bool = False) -> Keyset:
    """Order a list over many members."""
    return Keyset((Notification.id,), ascending)


def select_notifications(filters: Filters, recipient_id: int | None) -> sa.Select[Any]:
    """Select a list: one member's, or everybody's for an admin."""
    query = _joined().where(Notification.place == filters.place)
    if recipient_id is not None:
        query = query.where(Notification.recipient_id == recipient_id)
    return query.where(*filters.on_notification(), *filters.on_event())


def _joined() -> sa.Select[Any]:
    return (
        sa.select(*COLUMNS)
        .join(Event, Event.id == Notification.event_id)
        .outerjoin(Actor, Actor.id == Event.actor_id)
    )


@cache
def _one() -> sa.Select[Any]:
    return _joined().where(Notification.id == P("id", type_=Id), Notification.deleted_at.is_(None))


@cache
def _one_of_recipient() -> sa.Select[Any]:
    return _one().where(Notification.recipient_id == P("recipient", type_=Id))


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


@cache
def _of_event() -> sa.Select[Any]:
    return _joined().where(
        Notification.event_id == P("event", type_=Id), Notification.recipient_id == P("recipient", type_=Id)
    )


def get_copy(session: Session, event_id: int, recipient_id: int) -> Any:
    """Return one member's copy of an event."""
    return session.execute(_of_event(), {"event": event_id, "recipient": recipient_id}).one()


def copies_of_event(session: Session, event_id: int, recipients: Iterable[int]) -> list[Any]:
    """Return what these members see of an event, those in their inboxes only."""
    wanted = _joined().where(
        Notification.event_id == event_id,
        Notification.recipient_id.in_(list(recipients)),
        Notification.place == "inbox",
    )
    return list(session.execute(wanted))


def shown_by_id(session: Session, ids: Iterable[int]) -> list[Any]:
    """Return those of these notifications that their readers find somewhere, oldest first."""
    wanted = _joined().where(Notification.id.in_(list(ids)), Notification.place != "hidden")
    return list(session.execute(wanted.order_by(Notification.surfaced_at, Notification.id)))


def notifications_by_id(session: Session, ids: Iterable[int]) -> list[Any]:
    """Return these notifications, deleted ones left out."""
    wanted = _joined().where(Notification.id.in_(list(ids)), Notification.deleted_at.is_(None))
    return list(session.execute(wanted))


@cache
def _counts() -> sa.Select[Any]:
    return sa.select(MailboxCount.__table__).where(MailboxCount.user_id == P("user", type_=Id))


def mailbox_counts(session: Session, user_id: int) -> dict[str, dict[str, int]]:
    """Return how many a member has by type, then by `unread`, `inbox`, `snoozed` and `archived`."""
    rows = session.execute(_counts(), {"user": user_id})
    return {row.notification_type: {k: getattr(row, k) for k in ("unread", *PLACES)} for row in rows}


def unread_counts(session: Session, user_ids: Iterable[int]) -> dict[int, int]:
    """Return the unread count of each of these members."""
    ids = list(user_ids)
    totals = (
        sa.select(MailboxCount.user_id, sa.func.sum(MailboxCount.unread))
        .where(MailboxCount.user_id.in_(ids))
        .group_by(MailboxCount.user_id)
    )
    return {**dict.fromkeys(ids, 0), **{user: int(total) for user, total in session.execute(totals)}}


def unread_count(session: Session, user_id: int) -> int:
    """Return how many unread notifications a member's inbox holds."""
    return unread_counts(session, [user_id])[user_id]


@cache
def _last_id() -> sa.Select[Any]:
    return (
        sa.select(Notification.id)
        .where(Notification.recipient_id == P("user", type_=Id), Notification.place == "inbox")
        .order_by(Notification.surfaced_at.desc(), Notification.id.desc())
        .limit(1)
    )


def last_id(session: Session, user_id: int) -> int:
    """Return the id of what surfaced last in a member's inbox, or 0."""
    return session.scalar(_last_id(), {"user": user_id}) or 0


def position_of(session: Session, user_id: int, id_: int) -> tuple[dt.datetime, int]:
    """Return where a notification of a member lies among what surfaced, deleted or not.

    An id that is nobody's, or somebody else's, stands for the time at which it was given out.
    """
    own = sa.select(Notification.surfaced_at).where(
        Notification.id == id_, Notification.recipient_id == user_id
    )
    surfaced_at = session.scalar(own)
    if surfaced_at is not None:
        return surfaced_at, id_
    neighbour = (
        sa.select(Notification.created_at).where(Notification.id <= id_).order_by(Notification.id.desc())
    )
    return session.scalar(neighbour.limit(1)) or EPOCH, id_


def surfaced_after(
    session: Session, user_id: int, position: tuple[dt.datetime, int], limit: int
) -> list[Any]:
    """Return what surfaced in a member's inbox after a position, oldest first."""
    place: Any = sa.tuple_(Notification.surfaced_at, Notification.id)
    query = (
        _joined()
        .where(Notification.recipient_id == user_id, Notification.place == "inbox", place > position)
        .order_by(Notification.surfaced_at, Notification.id)
        .limit(limit)
    )
    return list(session.execute(query))


def surfaced_since(session: Session, user_ids: Iterable[int], since: dt.datetime) -> list[Any]:
    """Return id, event_id, recipient_id and surfaced_at of what surfaced in these inboxes, oldest first."""
    query = (
        sa.select(Notification.id, Notification.event_id, Notification.recipient_id, Notification.surfaced_at)
        .where(
            Notification.recipient_id.in_(list(user_ids)),
            Notification.place == "inbox",
            Notification.surfaced_at > since,
        )
        .order_by(Notification.surfaced_at, Notification.id)
    )
    return list(session.execute(query))
