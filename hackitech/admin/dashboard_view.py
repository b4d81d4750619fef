"""What the dashboard shows: what waits and what is under way now, and the figures of the last days."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from babel.dates import format_skeleton
from flask_babel import format_time
from flask_babel import gettext as _

from hackitech.admin.messages_view import status_words
from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import CHANNELS, channel_keys, channel_label
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.i18n import in_language, select_locale
from hackitech.core.queues import queue
from hackitech.core.redis import redis_gate
from hackitech.operations import queries
from hackitech.operations.figure_queries import Figures, figures_since

DAYS = 7
RUNNING_SHOWN = 10
SLOW = dt.timedelta(minutes=5)
"""A delivery that has been due for longer wants attention, unless the queue is long."""
LATE = dt.timedelta(minutes=15)
"""Figures that were counted longer ago say so."""

Context = dict[str, Any]


def live_context() -> Context:
    """Return what changes by the second: queues, what is being sent, and what failed."""
    session, now = db.session(), clock.now()
    waiting = _waiting(now)
    return {
        "now": format_time(now, "medium"),
        "waiting": waiting,
        "oldest": min((row["since"] for row in waiting if row["since"]), default=None),
        "running": [_message(row) for row in queries.running_events(session, RUNNING_SHOWN)],
        "failures": queries.unsettled_failures(session),
    }


def _waiting(now: dt.datetime) -> list[Context]:
    due = queries.due_deliveries(db.session(), now)
    depths = redis_gate().attempt(lambda client: {key: queue(key, client).count for key in CHANNELS}) or {}
    rows = []
    for key in CHANNELS:
        own = [row for row in due if row.channel == key]
        since = min((row.oldest for row in own), default=None)
        rows.append(
            {
                "key": key,
                "label": _(channel_label(key)),
                "due": sum(row.number for row in own),
                "since": since,
                "slow": since is not None and now - since > SLOW,
                "jobs": depths.get(key),
            }
        )
    return rows


def _message(row: Any) -> Context:
    return {
        "id": row.id,
        "title": in_language(row.title),
        "state": status_words(row),
        "done": row.done,
        "total": row.total,
    }


def figures_context() -> Context:
    """Return the figures of the last days: by day, channel and type, and what each channel sent by day."""
    today = clock.now().date()
    days = [today - dt.timedelta(days=days) for days in reversed(range(DAYS))]
    rows = figures_since(db.session(), days[0])
    channels = [key for key in channel_keys() if any(row.channel == key for row in rows)]
    counted_at = max((row.computed_at for row in rows), default=None)
    sums: defaultdict[Any, Figures] = defaultdict(Figures)
    for row in rows:
        figures = Figures(row.created, row.sent, row.failed, row.read)
        for key in (None, row.day, row.channel, ("type", row.notification_type), (row.day, row.channel)):
            sums[key] = sums[key].plus(figures)
    return {
        "ever": bool(rows) or queries.anything_sent(db.session()),
        "counted_at": counted_at,
        "late": counted_at is not None and clock.now() - counted_at > LATE,
        "total": sums[None],
        "by_day": [(_day(day), sums[day]) for day in days],
        "by_channel": [(_(channel_label(key)), sums[key]) for key in channels],
        "by_type": _by_type({row.notification_type for row in rows}, sums),
        "channels": [_(channel_label(key)) for key in channels],
        "sent_by_day": [(_day(day), [sums[day, key].sent for key in channels]) for day in days],
    }


def _by_type(keys: set[str], sums: Mapping[Any, Figures]) -> list[tuple[str, Figures]]:
    named = [(_type_label(key), sums["type", key]) for key in keys]
    return sorted(named, key=lambda pair: (-pair[1].created, pair[0]))


def _day(day: dt.date) -> str:
    return format_skeleton("Ed", dt.datetime.combine(day, dt.time()), locale=select_locale())


def _type_label(key: str) -> str:
    found = find_type(db.session(), key)
    return in_language(found.label) if found else key
