"""Topics over JSON."""

from typing import Any

from flask_login import current_user

from hackitech.core.api import ApiBlueprint, CursorQuery, check_if_match, page_links, requires
from hackitech.core.errors import Forbidden
from hackitech.core.pagination import Keyset
from hackitech.topics import queries, schemas, service

topics = ApiBlueprint("topics", __name__, url_prefix="/api/notifications/topics")


@topics.get("/")
@requires("read")
@topics.arguments(CursorQuery, location="query")
@topics.response(200, schemas.TopicListSchema)
def list_topics(query: dict[str, Any]) -> dict[str, Any]:
    """List the topics that the caller may see: open ones, and those they are in."""
    rows = queries.visible_topics(current_user.id, sees_all=current_user.sees_all)
    return _page(queries.NEWEST_FIRST, rows, query)


@topics.post("/")
@requires("write")
@topics.arguments(schemas.NewTopicSchema)
@topics.response(201, schemas.ManagedTopicSchema)
@topics.alt_response(409, description="There is a topic of this key already.")
def create_topic(fields: service.NewTopic) -> Any:
    """Create a topic: organisers their own, administrators any."""
    manager = _manager()
    _check_ownership(fields, manager)
    return service.create_topic(manager, {"owner_id": None if manager.of_all else manager.id, **fields})


@topics.patch("/<key>/")
@requires("write")
@topics.arguments(schemas.TopicChangesSchema)
@topics.response(200, schemas.ManagedTopicSchema)
def change_topic(changes: service.TopicChanges, key: str) -> Any:
    """Change a topic: organisers their own, administrators any."""
    manager = _manager()
    _check_ownership(changes, manager)
    return service.update_topic(manager, key, changes)


@topics.get("/subscriptions/")
@requires("read")
@topics.arguments(CursorQuery, location="query")
@topics.response(200, schemas.TopicListSchema)
def list_subscriptions(query: dict[str, Any]) -> dict[str, Any]:
    """List the topics that the caller follows."""
    return _page(queries.LAST_FOLLOWED_FIRST, queries.subscriptions_of(current_user.id), query)


@topics.get("/<key>/subscription/")
@requires("read")
@topics.response(200, schemas.TopicSchema)
def get_subscription(key: str) -> Any:
    """Read how the caller follows a topic."""
    return queries.get_subscription(key, current_user.id)


@topics.put("/<key>/subscription/")
@requires("write")
@topics.arguments(schemas.SubscriptionSchema)
@topics.response(200, schemas.TopicSchema)
def follow_topic(body: dict[str, Any], key: str) -> Any:
    """Follow an open topic, or mute one that the caller is in."""
    return service.follow_topic(current_user.id, key, body["muted_until"], _expect)


@topics.delete("/<key>/subscription/")
@requires("write")
@topics.response(204)
def leave_topic(key: str) -> None:
    """Leave a topic."""
    service.leave_topic(current_user.id, key, _expect)


@topics.get("/<key>/members/")
@requires("read")
@topics.arguments(CursorQuery, location="query")
@topics.response(200, schemas.MemberListSchema)
def list_members(query: dict[str, Any], key: str) -> dict[str, Any]:
    """List who is in a topic: organisers their own, administrators any."""
    topic = queries.get_managed(key, _manager())
    return _page(queries.LAST_JOINED_FIRST, queries.members_of(topic.id), query)


@topics.put("/<key>/members/<id:user_id>/")
@requires("write")
@topics.response(200, schemas.MemberSchema)
def add_member(key: str, user_id: int) -> Any:
    """Put somebody into a topic: organisers into their own, administrators into any."""
    return service.add_member(_manager(), key, user_id)


@topics.delete("/<key>/members/<id:user_id>/")
@requires("write")
@topics.response(204)
def remove_member(key: str, user_id: int) -> None:
    """Take somebody out of a topic: organisers of their own, administrators of any."""
    service.remove_member(_manager(), key, user_id)


def _page(keyset: Keyset, rows: queries.Rows, query: dict[str, Any]) -> dict[str, Any]:
    page = keyset.page(rows, query.get("cursor"), query["page_size"])
    return {**page_links(page.next, page.previous), "results": page.rows}


def _manager() -> queries.Manager:
    if current_user.role not in service.OWNING_ROLES:
        raise Forbidden("Only organisers and administrators look after topics.")
    return queries.Manager(current_user.id, of_all=current_user.sees_all)


def _check_ownership(fields: service.NewTopic | service.TopicChanges, manager: queries.Manager) -> None:
    if not manager.of_all and fields.get("owner_id", manager.id) != manager.id:
        raise Forbidden("Only an administrator gives a topic to somebody else.")


def _expect(subscription: Any) -> None:
    check_if_match(subscription and schemas.TopicSchema().dump(subscription))
