"""Selects on drafts, and on the messages that were made of them."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core.errors import NotFound
from hackitech.core.pagination import Keyset
from hackitech.models.draft import Draft
from hackitech.models.event import Event
from hackitech.models.topic import Topic
from hackitech.models.user import User

Rows = sa.Select[*tuple[Any, ...]]
LAST_SENT_FIRST = Keyset((Event.id,))
MOST_DRAFTS = 50
"""So many of one's drafts are listed."""


def get_draft(session: Session, draft_id: int, author_id: int, *, to_change: bool = False) -> Any:
    """Return the row of one of somebody's own drafts, sent ones too; `to_change` keeps others off it.

    Raises:
        NotFound: unknown, or somebody else's.
    """
    query = sa.select(Draft.__table__).where(Draft.id == draft_id, Draft.author_id == author_id)
    row = session.execute(query.with_for_update() if to_change else query).one_or_none()
    if row is None:
        raise NotFound("No draft has this id.")
    return row


def drafts_of(author_id: int) -> Rows:
    """Select what somebody has not sent yet, what they touched last first."""
    own = sa.select(Draft.__table__).where(Draft.author_id == author_id, Draft.event_id.is_(None))
    return own.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(MOST_DRAFTS)


def sent_messages(author_id: int | None) -> Rows:
    """Select what went to more than people by name, and what was composed: one author's, or everybody's.

    What the platform's code sends to a topic or to everybody is among it: it can be followed and stopped too.
    """
    columns = (
        *(Event.id, Event.title, Event.notification_type, Event.status, Event.done, Event.total),
        *(Event.audience, Event.topic, Event.role, Event.created_at, Event.send_at, Event.send_at_local),
        *(Event.retracted_at, User.name.label("sender_name")),
    )
    composed = sa.select(Draft.event_id).where(Draft.event_id.is_not(None))
    # Written as its index is, or SQLite ignores that; the two are looked up apart, as events to one are many.
    broadcast = sa.select(Event.id).where(sa.text("event.audience <> 'ids'"))
    listed = sa.union_all(broadcast, composed).subquery("listed")
    sent = (
        sa.select(*columns).where(Event.id.in_(sa.select(listed))).outerjoin(User, User.id == Event.sender_id)
    )
    return sent if author_id is None else sent.where(Event.sender_id == author_id)


def topics_to_send_to(owner_id: int | None) -> Rows:
    """Select the topics (key, label) that an organiser owns, or with None all."""
    topics = sa.select(Topic.key, Topic.label).order_by(Topic.key)
    return topics if owner_id is None else topics.where(Topic.owner_id == owner_id)


def addresses_of(session: Session, ids: Collection[int]) -> list[str]:
    """Return the addresses of members, in the order of their ids."""
    return list(session.scalars(sa.select(User.email).where(User.id.in_(ids)).order_by(User.id)))
