"""Topics as a member may see them: a closed one by those alone who are in it, own it or see everything."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hackitech.core.database import db
from hackitech.core.errors import NotFound
from hackitech.core.pagination import Keyset
from hackitech.models.subscription import Subscription
from hackitech.models.topic import Topic
from hackitech.models.user import User

Rows = sa.Select[*tuple[Any, ...]]
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}", re.ASCII)
NEWEST_FIRST = Keyset((Topic.id,))
LAST_FOLLOWED_FIRST = Keyset((Subscription.created_at, Subscription.topic_id))
LAST_JOINED_FIRST = Keyset((Subscription.created_at, Subscription.user_id))
SHOWN = (
    Topic.id,
    Topic.key,
    Topic.label,
    Topic.is_open,
    Topic.owner_id,
    Subscription.topic_id,
    Subscription.muted_until,
    Subscription.created_at,
    Subscription.user_id.is_not(None).label("subscribed"),
)


@dataclass(frozen=True, slots=True)
class Manager:
    """Somebody who looks after topics: those that they own, or all."""

    id: int
    of_all: bool


def visible_topics(user_id: int, *, sees_all: bool = False) -> Rows:
    """Select the topics that a member may see, with their own subscription where there is one."""
    query = _topics_with_subscription(user_id)
    if sees_all:
        return query
    is_in = Subscription.user_id.is_not(None)
    return query.where(sa.or_(Topic.is_open == sa.true(), is_in, Topic.owner_id == user_id))


def subscriptions_of(user_id: int) -> Rows:
    """Select the topics that a member follows."""
    return _topics_with_subscription(user_id).where(Subscription.user_id.is_not(None))


def find_subscription(key: str, user_id: int) -> Any | None:
    """Return a topic that a member follows, or None."""
    return db.session.execute(subscriptions_of(user_id).where(Topic.key == _checked(key))).one_or_none()


def get_subscription(key: str, user_id: int) -> Any:
    """Return a topic that a member follows.

    Raises:
        NotFound: no such topic, or they do not follow it.
    """
    found = find_subscription(key, user_id)
    if found is None:
        raise NotFound("No such subscription.")
    return found


def get_topic(key: str) -> Topic:
    """Return a topic, whoever may see it.

    Raises:
        NotFound
    """
    found = db.session.scalar(sa.select(Topic).where(Topic.key == _checked(key)))
    if found is None:
        raise NotFound("No such topic.")
    return found


def find_label(key: str) -> dict[str, str] | None:
    """Return what a topic is called, by language; None where it is gone."""
    return db.session.scalar(sa.select(Topic.label).where(Topic.key == key))


def get_managed(key: str, manager: Manager) -> Topic:
    """Return a topic that somebody looks after.

    Raises:
        NotFound: no such topic, or it is somebody else's.
    """
    topic = get_topic(key)
    if not manager.of_all and topic.owner_id != manager.id:
        raise NotFound("No such topic.")
    return topic


def get_shown(topic_id: int, user_id: int) -> Any:
    """Return one topic with this member's subscription."""
    return db.session.execute(_topics_with_subscription(user_id).where(Topic.id == topic_id)).one()


def members_of(topic_id: int) -> Rows:
    """Select those who are in a topic."""
    return (
        sa.select(Subscription.user_id, User.name, Subscription.created_at)
        .join(User, User.id == Subscription.user_id)
        .where(Subscription.topic_id == topic_id)
    )


def managed_topics(manager: Manager) -> Rows:
    """Select the topics that somebody looks after, with their owners' names."""
    columns = (Topic.id, Topic.key, Topic.label, Topic.is_open, Topic.owner_id, Topic.created_at)
    query = sa.select(*columns, User.name.label("owner")).outerjoin(User, User.id == Topic.owner_id)
    return query if manager.of_all else query.where(Topic.owner_id == manager.id)


def count_members(topic_ids: Collection[int]) -> dict[int, int]:
    """Return how many are in each of these topics; without those that nobody is in."""
    counted = sa.select(Subscription.topic_id, sa.func.count()).where(Subscription.topic_id.in_(topic_ids))
    return {topic_id: n for topic_id, n in db.session.execute(counted.group_by(Subscription.topic_id))}


def _topics_with_subscription(user_id: int) -> Rows:
    own = sa.and_(Subscription.topic_id == Topic.id, Subscription.user_id == user_id)
    return sa.select(*SHOWN).outerjoin_from(Topic, Subscription, own)


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):  # it may hold what Postgres refuses to compare with
        raise NotFound("No such topic.")
    return key
