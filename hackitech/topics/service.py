"""Follow, mute and leave topics; create them and say who is in them."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hackitech.accounts.principal import STAFF_ROLES
from hackitech.core import clock
from hackitech.core.database import db, rows_changed, table
from hackitech.core.errors import Conflict, Invalid, NotFound
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit
from hackitech.models.subscription import Subscription
from hackitech.models.topic import Topic
from hackitech.models.user import User
from hackitech.topics import queries
from hackitech.topics.queries import Manager

OWNING_ROLES = STAFF_ROLES
REMOVED = Subscription.topic_id, Subscription.user_id, Subscription.muted_until, Subscription.created_at
Expectation = Callable[[Any], None]
"""Raises where the subscription (None: there is none) is no longer what the caller has read."""


class Removed(NamedTuple):
    """Somebody who was taken out of a topic, as they were in it."""

    topic_id: int
    user_id: int
    muted_until: dt.datetime | None
    created_at: dt.datetime


class NewTopic(TypedDict):
    """A topic to create; `label` by language."""

    key: str
    label: Mapping[str, str]
    is_open: bool
    owner_id: NotRequired[int | None]


class TopicChanges(TypedDict, total=False):
    """What can change about a topic."""

    label: Mapping[str, str]
    is_open: bool
    owner_id: int | None


def follow_topic(user_id: int, key: str, muted_until: dt.datetime | None, expect: Expectation) -> Any:
    """Follow an open topic, or set anew until when one's subscription is muted, and return it.

    Raises:
        Invalid: `muted_until` is past.
        NotFound: no such topic, or a closed one that the member is not in.
    """
    if muted_until is not None and muted_until <= clock.now():
        raise Invalid({"muted_until": ["Must be in the future, or null."]})
    with atomic() as session:
        expect(queries.find_subscription(key, user_id))
        topic = queries.get_topic(key)
        # A closed topic is never inserted into: whoever was removed at this moment stays out.
        mute = _subscription(topic, user_id, sa.update(Subscription)).values(muted_until=muted_until)
        if not rows_changed(session, mute):
            if not topic.is_open:
                raise NotFound("No such topic.")
            _subscribe(topic, user_id, muted_until)
        return queries.get_subscription(key, user_id)


def leave_topic(user_id: int, key: str, expect: Expectation) -> None:
    """Leave a topic; leaving an open one twice is the same as once.

    Raises:
        NotFound: no such topic, or a closed one that the member is not in.
    """
    with atomic() as session:
        expect(queries.find_subscription(key, user_id))
        topic = queries.get_topic(key)
        left = rows_changed(session, _subscription(topic, user_id, sa.delete(Subscription)))
        if not left and not topic.is_open:
            raise NotFound("No such topic.")


def create_topic(manager: Manager, fields: NewTopic) -> Any:
    """Create a topic and return it as its creator sees it.

    Raises:
        Invalid: the owner is nobody who may own a topic.
        Conflict: there is a topic of this key.
    """
    _check_owner(fields.get("owner_id"))
    with atomic() as session:
        statement = insert(Topic).values(**fields, created_at=clock.now()).on_conflict_do_nothing()
        topic_id = session.scalar(statement.returning(Topic.id))
        if topic_id is None:
            raise Conflict("There is a topic of this key already.")
        record_audit(manager.id, "topic.create", "topic", fields["key"], None, fields)
        return queries.get_shown(topic_id, manager.id)


def update_topic(manager: Manager, key: str, changes: TopicChanges) -> Any:
    """Change a topic and return it as its manager sees it.

    Raises:
        NotFound: no such topic, or it is somebody else's.
        Invalid: the owner is nobody who may own a topic.
    """
    _check_owner(changes.get("owner_id"))
    with atomic() as session:
        topic = queries.get_managed(key, manager)
        before = {name: getattr(topic, name) for name in changes}
        for name, value in changes.items():
            setattr(topic, name, value)
        session.flush()
        record_audit(manager.id, "topic.change", "topic", key, before, changes)
        return queries.get_shown(topic.id, manager.id)


def add_member(manager: Manager, key: str, user_id: int) -> Any:
    """Put a member into a topic and return their row; twice is the same as once.

    Raises:
        NotFound: no such topic or member, or the topic is somebody else's.
    """
    with atomic() as session:
        topic = queries.get_managed(key, manager)
        if session.get(User, user_id) is None:
            raise NotFound("No such member.")
        if _subscribe(topic, user_id, None):
            record_audit(manager.id, "topic.add_member", "topic", key, None, {"user_id": user_id})
        return session.execute(queries.members_of(topic.id).where(User.id == user_id)).one()


def remove_member(manager: Manager, key: str, user_id: int) -> Removed | None:
    """Take a member out of a topic, and return what puts them back; twice is the same as once.

    Raises:
        NotFound: no such topic, or it is somebody else's.
    """
    with atomic() as session:
        topic = queries.get_managed(key, manager)
        gone = _subscription(topic, user_id, sa.delete(Subscription))
        row = session.execute(gone.returning(*REMOVED)).one_or_none()
        if row is None:
            return None
        record_audit(manager.id, "topic.remove_member", "topic", key, {"user_id": user_id}, None)
        return Removed(*row)


def _subscribe(topic: Topic, user_id: int, muted_until: dt.datetime | None) -> bool:
    row = {
        "topic_id": topic.id,
        "user_id": user_id,
        "muted_until": muted_until,
        "created_at": clock.now(),
    }
    statement = insert(table(Subscription)).values(row).on_conflict_do_nothing()
    return rows_changed(db.session, statement) == 1


def _subscription(topic: Topic, user_id: int, statement: Any) -> Any:
    return statement.where(Subscription.topic_id == topic.id, Subscription.user_id == user_id)


def _check_owner(owner_id: int | None) -> None:
    if owner_id is None:
        return
    if db.session.scalar(sa.select(User.role).where(User.id == owner_id)) not in OWNING_ROLES:
        raise Invalid({"owner": ["Must be an organiser or an administrator."]})
