"""A notification as clients see it: plain functions, because lists are long and schemas slow."""

from typing import Any

from hackitech.core.clock import time_text
from hackitech.core.i18n import in_language


def present(row: Any, locale: str) -> dict[str, Any]:
    """Return the contract's notification, in the reader's language, from a row of `queries.COLUMNS`."""
    return {
        "id": row.id,
        "recipient": row.recipient_id,
        "actor": None if row.actor_id is None else {"id": row.actor_id, "name": row.actor_name},
        "notification_type": row.notification_type,
        "title": in_language(row.title, locale),
        "message": in_language(row.message, locale),
        "action_url": row.action_url,
        "data": row.data,
        "priority": row.priority,
        "topic": row.topic,
        "group_key": row.group_key,
        "is_read": row.read_at is not None,
        "read_at": time_text(row.read_at),
        "seen_at": time_text(row.seen_at),
        "archived_at": time_text(row.archived_at),
        "snoozed_until": time_text(row.snoozed_until),
        "acknowledge": row.acknowledge,
        "acknowledged_at": time_text(row.acknowledged_at),
        "expires_at": time_text(row.expires_at),
        "created_at": time_text(row.created_at),
        "surfaced_at": time_text(row.surfaced_at),
        "event": row.event_id,
    }
