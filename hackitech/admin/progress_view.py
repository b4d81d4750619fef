"""How far a message has come: how many are reached, what became of each channel, what can still be done."""

from collections.abc import Mapping
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.admin.messages_view import COUNTED_AT_ONCE, audience_words, status_words
from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import channel_keys, channel_label
from hackitech.core.database import db
from hackitech.core.dates import absolute_time, wall_time
from hackitech.core.i18n import LOCALES, in_language
from hackitech.models.statuses import Status
from hackitech.notifications.event_queries import count_by_channel, deliveries_wait

Context = dict[str, Any]
COLUMNS: dict[str, tuple[Status, ...]] = {
    "sent": (Status.SENT, Status.DELIVERED, Status.DIGESTED),
    "waiting": (Status.CREATED, Status.QUEUED, Status.SENDING, Status.RETRYING, Status.UNKNOWN),
    "held": (Status.HELD,),
    "failed": (Status.TEMPORARY_FAILURE, Status.PERMANENT_FAILURE, Status.TECHNICAL_FAILURE),
    "suppressed": (Status.SUPPRESSED, Status.CANCELLED, Status.EXPIRED),
}
"""What the table counts together."""
OPEN = ("scheduled", "running", "paused")


def progress_context(event: Any) -> Context:
    """Return what `_progress.html` and `_actions.html` show of an event's row."""
    going_on = event.status == "running" and event.retracted_at is None
    # Everybody has it in the inbox, yet other channels are still to come.
    leaving = event.status == "done" and deliveries_wait(db.session(), event.id)
    return {
        "event": event,
        "state": status_words(event),
        "label": _("Nobody has received it yet") if event.status == "scheduled" else _("Members reached"),
        "starts": _starts(event) if event.status == "scheduled" else None,
        "poll": "every 2s" if going_on else "every 10s" if event.status == "scheduled" else None,
        "can": {
            "pause": event.retracted_at is None and (event.status in ("scheduled", "running") or leaving),
            "resume": event.status == "paused",
            "cancel": event.status in OPEN or leaving,
            "retract": event.retracted_at is None and event.done > 0,
        },
    }


def channels_context(event: Any, *, counted: bool = False) -> Context:
    """Return what `_channels.html` shows: how many deliveries of each channel are in which state.

    Of a large message only where `counted` asks for it: that may take a second, and no page waits for it.
    """
    if event.total > COUNTED_AT_ONCE and not counted:
        return {"channels": None, "poll_channels": "load", "log_url": None}
    counts = count_by_channel(db.session(), event.id)
    rows = [_channel(key, counts[key]) for key in channel_keys() if key in counts]
    waiting = any(row["waiting"] for row in rows) and event.status != "paused"
    return {
        "channels": rows,
        "poll_channels": "every 10s" if waiting or event.status == "running" else None,
        "log_url": _url("admin.log.index", event=event.id) if current_user.role == "admin" else None,
    }


def page_context(event: Any) -> Context:
    """Return what `show.html` shows beside how far it has come."""
    loaded = find_type(db.session, event.notification_type)
    return {
        "title": in_language(event.title),
        "type_label": in_language(loaded.label) if loaded else event.notification_type,
        "audience": audience_words(event),
        "texts": [(locale, event.title[locale], event.message[locale]) for locale in LOCALES],
        "roster_url": _url("admin.messages.roster.show", event_id=event.id) if event.acknowledge else None,
    }


def _starts(event: Any) -> str:
    if event.send_at_local is None:
        return absolute_time(event.send_at)
    return _("%(time)s, each one’s local time", time=wall_time(event.send_at_local))


def _channel(key: str, counts: Mapping[str, int]) -> Context:
    columns = {name: sum(counts.get(status, 0) for status in among) for name, among in COLUMNS.items()}
    return {"key": key, "label": _(channel_label(key)), **columns}


def _url(endpoint: str, **values: Any) -> str | None:
    """Return the address of a page, None where this installation has none of that name."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
