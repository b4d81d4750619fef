"""What the page of one notification shows, and the page of what did not come."""

import datetime as dt
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import channel_label
from hackitech.core.database import db
from hackitech.core.i18n import in_language
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status
from hackitech.notifications import queries
from hackitech.notifications.explanation import LOG_TEXTS, RULE_TEXTS, explain, explain_all
from hackitech.notifications.inbox_view import PAGE_SIZE, Context, first_snooze_day, present_row
from hackitech.notifications.missing_queries import select_missing
from hackitech.preferences.queries import channels_shown
from hackitech.topics.queries import find_label


def detail_context(row: Any) -> Context:
    """Return what `notification.html` shows of a row of `queries.COLUMNS`."""
    labels = queries.action_labels(db.session(), row.event_id) if row.action_url else {}
    shown = {
        **_head(row),
        "actor_name": row.actor_name,
        "topic_label": _topic(row.topic),
        "can_be_muted": row.object is not None or row.topic is not None,
        "action_url": row.action_url,
        "action_label": in_language(labels) if labels else None,
        "read_at": row.read_at,
        "acknowledged_at": row.acknowledged_at,
    }
    why = [_reason(channel) for channel in explain(db.session(), row)]
    return {"notification": shown, "why": why, "first_day": first_snooze_day()}


def _topic(key: str | None) -> str | None:
    """Return what a topic is called now; its key as it was, where it is gone."""
    label = None if key is None else find_label(key)
    return in_language(label) if label else key


def missing_context(channel: str | None, cursor: str | None) -> Context:
    """Return what `missing.html` shows: recent notifications that did not come, on one channel or on any.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    wanted = select_missing(current_user.id, channel)
    page = queries.by_surfacing().page(wanted, cursor, PAGE_SIZE)
    reasons = explain_all(db.session(), page.rows)
    return {
        "channel": channel,
        "channels": [{"key": key, "label": _(channel_label(key))} for key in channels_shown(current_user.id)],
        "missing": [
            {**_head(row), "why": [_reason(one) for one in why]}
            for row, why in zip(page.rows, reasons, strict=True)
        ],
        "older_url": page.next and url_for("inbox_pages.missing", channel=channel, cursor=page.next),
    }


def _head(row: Any) -> Context:
    known = find_type(db.session, row.notification_type)
    type_label = in_language(known.label) if known else row.notification_type
    return {**present_row(row), "type_label": type_label, "created_at": row.created_at}


def _reason(channel: Context) -> Context:
    due_at = channel["due_at"]
    return {
        **channel,
        "channel_label": _(channel_label(channel["channel"])),
        "due_at": _time(due_at) if due_at else None,
        "attempts": [_attempt(attempt) for attempt in channel["attempts"]],
    }


def _attempt(attempt: Context) -> Context:
    """Return an attempt in words; what held it is said as the rule says it."""
    status, detail = Status(attempt["outcome"]), attempt["detail"]
    if status == Status.HELD:
        held_by = detail.partition(" ")[0]
        detail = _(RULE_TEXTS[Rule(held_by)]) if held_by in set(Rule) else ""
    return {"at": _time(attempt["at"]), "outcome": _(LOG_TEXTS[status]), "detail": detail}


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
