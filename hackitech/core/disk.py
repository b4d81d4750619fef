"""A full disk, remembered: whoever only reads does not notice it, so the writes that failed have to tell."""

import sqlite3
import time
from typing import Any

from flask import current_app, has_app_context
from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext

POSTGRES_DISK_FULL = "53100"
_LAST_SEEN = "disk_full_at"


def disk_has_room() -> bool:
    """Return whether none of this process's writes found the disk full for DISK_FULL_FOR."""
    seen_at = current_app.extensions.get(_LAST_SEEN)
    return seen_at is None or time.monotonic() - seen_at > current_app.config["DISK_FULL_FOR"]


@event.listens_for(Engine, "handle_error")
def _remember(context: ExceptionContext) -> None:
    if has_app_context() and _is_disk_full(context.original_exception):
        current_app.extensions[_LAST_SEEN] = time.monotonic()


def _is_disk_full(error: Any) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) == POSTGRES_DISK_FULL
