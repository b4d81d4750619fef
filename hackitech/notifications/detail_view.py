"""What the page of one notification shows."""

import datetime as dt
from typing import Any

from flask_babel import gettext as _

from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import channel_label
from hackitech.core.database import db
from hackitech.core.i18n import in_language
from hackitech.models.statuses import Status
from hackitech.notifications import queries
from hackitech.notifications.explanation import OUTCOME_TEXTS, explain
from hackitech.notifications.inbox_view import Context, present_row
from hackitech.topics.queries import find_label


def detail_context(row: Any) -> Context:
    """Return what `notification.html` shows of a row of `queries.COLUMNS`."""
    known = find_type(db.session, row.notification_type)
    labels = queries.action_labels(db.session(), row.event_id) if row.action_url else {}
    shown = {
        **present_row(row),
        "type_label": in_language(known.label) if known else row.notification_type,
        "actor_name": row.actor_name,
        "topic_label": _topic(row.topic),
        "action_url": row.action_url,
        "action_label": in_language(labels) if labels else None,
        "created_at": row.created_at,
        "read_at": row.read_at,
    }
    return {"notification": shown, "why": [_reason(channel) for channel in explain(db.session(), row)]}


def _topic(key: str | None) -> str | None:
    """Return what a topic is called now; its key as it was, where it is gone."""
    label = None if key is None else find_label(key)
    return in_language(label) if label else key


def _reason(channel: Context) -> Context:
    due_at = channel["due_at"]
    return {
        **channel,
        "channel_label": _(channel_label(channel["channel"])),
        "due_at": _time(due_at) if due_at else None,
        "attempts": [_attempt(attempt) for attempt in channel["attempts"]],
    }


def _attempt(attempt: Context) -> Context:
    text = OUTCOME_TEXTS.get(Status(attempt["outcome"]), attempt["outcome"])
    return {**attempt, "at": _time(attempt["at"]), "outcome": _(text)}


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
