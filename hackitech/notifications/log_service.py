"""Write the log to a file, a chunk at a time."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core.clock import time_text
from hackitech.core.csv_text import BYTE_ORDER_MARK, csv_text
from hackitech.core.i18n import in_language
from hackitech.core.pagination import Keyset
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit
from hackitech.models.notification import IN_APP
from hackitech.models.statuses import Status
from hackitech.notifications import log_queries
from hackitech.notifications.log_filters import LogFilters
from hackitech.tasks.lifecycle import Advance, begin_task

EXPORT = "export"
CHUNK = 2000
"""Rows of the file in one step."""
FACTS = ("id", "event_id", "created_at", "recipient_id", "recipient_name", "recipient_email",
         "notification_type", "topic", "title", "seen_at", "read_at", "acknowledged_at")  # fmt: skip
"""The file's columns, before two for each channel: what became of it there, and the rule that decided."""


def begin_export(
    admin_id: int, filters: LogFilters, header: Sequence[str], channels: Sequence[str], locale: str
) -> int:
    """Begin to write what these filters find to a file, and return the task.

    `header` names the columns: `FACTS`, then two for each of `channels`. What arrives meanwhile is left out.
    """
    with atomic() as session:
        first, last = log_queries.span(session, filters)
        asked = filters.to_json()
        columns = {"header": list(header), "channels": list(channels), "locale": locale}
        params = {"filters": asked, "first": first, "last": last, **columns}
        task_id = begin_task(session, EXPORT, admin_id, params, total=last - first + 1)
        record_audit(admin_id, "log.export", "task", task_id, None, {"filters": asked})
    return task_id


def write_chunk(session: Session, task: Any) -> Advance:
    """Write the next rows of an export, oldest first; `done` counts what was looked at."""
    params, filters = task.params, LogFilters.from_json(task.params["filters"])
    begun = bool(task.done)
    position = task.cursor if begun else params["first"] - 1
    rows, reached = _next_rows(session, filters, position, params["last"])
    lines = log_lines(session, rows, params["channels"], params["locale"])
    opening = "" if begun else BYTE_ORDER_MARK + csv_text([params["header"]])
    cursor = params["last"] if reached is None else reached
    return Advance(
        done=cursor - position,
        cursor=cursor,
        finished=reached is None,
        result={"rows": task.result.get("rows", 0) + len(rows)},
        part=opening + csv_text(lines) or None,
    )


def _next_rows(
    session: Session, filters: LogFilters, position: int, last: int
) -> tuple[Sequence[Any], int | None]:
    """Return the next rows behind a position, and where to go on; None where there is nothing more."""
    column, through = log_queries.walked_by(filters), log_queries.behind(session, filters, position)
    walked = sa.select(column).where(*through, column <= last)
    wanted = log_queries.joined().where(*through, *filters.of_rows())
    page = Keyset((column,), ascending=True).within(wanted, [walked], None, CHUNK, log_queries.LOOKED_AT)
    if page.next is None:
        return page.rows, None
    end = page.rows[-1] if page.reached is None else page.reached
    return page.rows, getattr(end, column.key)


def log_lines(session: Session, rows: Sequence[Any], channels: Sequence[str], locale: str) -> list[list[Any]]:
    """Return rows of `log_queries.COLUMNS` as lines of the file; several devices share a cell."""
    deliveries = log_queries.deliveries_in_short(session, [row.id for row in rows])
    lines = []
    for row in rows:
        line = [_plain(getattr(row, name), locale) for name in FACTS]
        for channel in channels:
            line += _in_app(row) if channel == IN_APP else _became(channel, deliveries.get(row.id, ()))
        lines.append(line)
    return lines


def _in_app(row: Any) -> list[str]:
    return [Status.DELIVERED if row.in_inbox else Status.SUPPRESSED, row.in_app_rule]


def _became(channel: str, deliveries: Sequence[Any]) -> list[str]:
    mine = [one for one in deliveries if one.channel == channel]
    return [", ".join(dict.fromkeys(getattr(one, name) for one in mine)) for name in ("status", "rule")]


def _plain(value: Any, locale: str) -> Any:
    if isinstance(value, dt.datetime):
        return time_text(value)
    return in_language(value, locale) if isinstance(value, dict) else value
