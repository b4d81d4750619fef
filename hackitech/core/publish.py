"""Tell other processes, after a commit, what changed: ids only, and losing it loses nothing."""

import json
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from hackitech.core.database import db
from hackitech.core.redis import redis_gate
from hackitech.core.transaction import after_commit

log = structlog.get_logger()
STREAM = "notifi:stream"
WAKE = "notifi:wake"
DEALT_WITH = "notifi:dealt_with"
"""A set of `recipient:ID` and `event:ID`, whose notifications changed since a clock looked last."""
PURGED = "notifi:purged"
"""There for as long as no purge is due."""
COUNTED = "notifi:counted"
"""There, with `:today` or `:before`, for as long as those days need not be counted again."""
CLOCK_SEEN = "notifi:clock_seen"
"""When a clock ticked last, as RFC 3339."""
_WAITING = "publications"


def publish_created(event_id: int, recipients: Sequence[int] | None = None) -> None:
    """Tell the streams of these members (None: whoever is connected) that this event reached them."""
    _publish({"kind": "created", "event": event_id, "users": recipients})


def publish_surfaced(user_id: int, notification_id: int) -> None:
    """Tell a member's streams that a notification came back on top, as a new one does."""
    _publish({"kind": "surfaced", "users": [user_id], "id": notification_id})


def publish_updated(user_id: int, notification_id: int) -> None:
    """Tell a member's streams that one notification changed."""
    _publish({"kind": "updated", "users": [user_id], "id": notification_id})


def publish_deleted(user_id: int, notification_id: int) -> None:
    """Tell a member's streams that one notification left their lists."""
    _publish({"kind": "deleted", "users": [user_id], "id": notification_id})


def publish_changed(recipients: Sequence[int] | None) -> None:
    """Tell the streams of these members (None: everybody) that many notifications changed."""
    _publish({"kind": "changed", "users": recipients})


def publish_event_updated(event_id: int) -> None:
    """Tell the streams of those who have a copy of this event that it says something else."""
    _publish({"kind": "event_updated", "event": event_id, "users": None})


def publish_event_withdrawn(event_id: int) -> None:
    """Tell the streams of those who had a copy of this event that theirs may be gone."""
    _publish({"kind": "event_withdrawn", "event": event_id, "users": None})


def publish_signed_out(user_id: int) -> None:
    """Ask every stream of this member to check again whether it is still allowed."""
    _publish({"kind": "recheck", "users": [user_id]})


def wake_clock() -> None:
    """Tell the clock, after the commit, that deliveries or events are due."""
    _publish(None)


def hasten_purge() -> None:
    """Let the next clock that looks purge at once; it would come to it within a day."""
    redis_gate().attempt(
        lambda client: client.pipeline().delete(PURGED).lpush(WAKE, "1").ltrim(WAKE, 0, 0).execute()
    )


def _publish(message: dict[str, Any] | None) -> None:
    session = db.session()
    waiting = session.info.get(_WAITING)
    if waiting is None:
        waiting = session.info[_WAITING] = []
        after_commit(lambda: _send(waiting))
    waiting.append(message)


def _send(messages: list[dict[str, Any] | None]) -> None:
    def transmit(client: Any) -> None:
        pipeline = client.pipeline(transaction=False)
        for message in messages:
            if message is not None:
                pipeline.publish(STREAM, json.dumps(message))
        names = {name for message in messages if message is not None for name in _dealt_with(message)}
        if names:
            pipeline.sadd(DEALT_WITH, *names)
        if None in messages:
            pipeline.lpush(WAKE, "1").ltrim(WAKE, 0, 0)
        pipeline.execute()

    redis_gate().attempt(transmit)


def _dealt_with(message: dict[str, Any]) -> list[str]:
    if message["kind"] == "event_withdrawn":
        return [f"event:{message['event']}"]
    if message["kind"] in ("updated", "deleted", "changed"):
        return [f"recipient:{user_id}" for user_id in message["users"] or ()]
    return []


@sqlalchemy_event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop(_WAITING, None)
