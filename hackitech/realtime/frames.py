"""The frames of the stream, as the JSON texts that are written."""

import json
from typing import Any

from hackitech.notifications.presentation import present

CREATED = "notification.created"
UPDATED = "notification.updated"


def hello(unread_count: int, last_id: int) -> str:
    """Return the first frame of every stream."""
    return _text({"type": "hello", "unread_count": unread_count, "last_id": last_id})


def notification(kind: str, row: Any, locale: str, unread_count: int) -> str:
    """Return the frame of a notification that was created or updated, in its reader's language."""
    return _text({"type": kind, "notification": present(row, locale), "unread_count": unread_count})


def deleted(id_: int, unread_count: int) -> str:
    """Return the frame of a notification that left the lists."""
    return _text({"type": "notification.deleted", "id": id_, "unread_count": unread_count})


def changed(unread_count: int) -> str:
    """Return the frame after which a client reads its list again."""
    return _text({"type": "inbox.changed", "unread_count": unread_count})


def _text(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
