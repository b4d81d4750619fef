"""What one notification's page in the log shows: a timeline for its inbox, and one for each delivery."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from hackitech.admin.log_view import Context, type_label
from hackitech.admin.rules_view import rule_words
from hackitech.channels.registry import channel_label
from hackitech.core.database import db
from hackitech.core.dates import absolute_time
from hackitech.core.i18n import N_, in_language
from hackitech.devices.queries import devices_of
from hackitech.models.notification import IN_APP
from hackitech.models.rules import SENDING_RULES, Rule
from hackitech.models.statuses import Status
from hackitech.notifications.event_queries import deliveries_of, summaries_of
from hackitech.notifications.explanation import LOG_TEXTS
from hackitech.notifications.log_queries import get_logged

READING = (
    ("seen_at", N_("Seen in the list.")),
    ("read_at", N_("Read.")),
    ("acknowledged_at", N_("Acknowledged.")),
    ("archived_at", N_("Put into the archive.")),
    ("expired_at", N_("It was over, and left the inbox.")),
    ("retracted_at", N_("The sender withdrew it.")),
    ("deleted_at", N_("It was removed from the inbox.")),
)
"""What its reader and its sender did, by the column that says when."""
HANDLING = (
    ("first_attempt_at", N_("A worker took it, for the first attempt.")),
    ("withdrawn_at", N_("Taken back from the device, as it was dealt with elsewhere.")),
    ("settled_at", N_("An administrator replayed or dropped it.")),
)
STOPPED = (Status.SUPPRESSED, Status.CANCELLED, Status.EXPIRED)
"""What a rule ended, rather than a provider."""
UNDER_WAY = {
    Status.CREATED: N_("Next: it leaves, %(time)s."),
    Status.HELD: N_("Next: it is judged anew, %(time)s."),
    Status.QUEUED: N_("Next: it is queued again unless a worker takes it, %(time)s."),
    Status.SENDING: N_("Next: it is given to another worker unless this one comes back, %(time)s."),
    Status.RETRYING: N_("Next: it is tried again, %(time)s."),
    Status.UNKNOWN: N_("Next: it is tried again, %(time)s."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, in a sentence; `detail` is what a provider answered."""

    at: dt.datetime
    text: str
    detail: str = ""
    url: str | None = None


def detail_context(notification_id: int) -> Context:
    """Return what `_log_detail.html` shows.

    Raises:
        NotFound: no such notification, or purged.
    """
    row = get_logged(db.session(), notification_id)
    deliveries = deliveries_of(db.session(), [row.id]).get(row.id, [])
    summaries = summaries_of(db.session(), {one.digest_id for one, _log in deliveries if one.digest_id})
    names = _device_names(row.recipient_id) if any(one.target for one, _log in deliveries) else {}
    return {
        "logged": _head(row),
        "channels": [
            _in_app(row),
            *(_delivery(one, log, summaries.get(one.digest_id), names) for one, log in deliveries),
        ],
    }


def _head(row: Any) -> Context:
    return {
        "id": row.id,
        "title": in_language(row.title),
        "type_label": type_label(row.notification_type),
        "topic": row.topic,
        "name": row.recipient_name,
        "email": row.recipient_email,
        "person_url": url_for("admin.members.show", user_id=row.recipient_id),
        "event_id": row.event_id,
        "event_url": url_for("admin.messages.show", event_id=row.event_id),
        "copies_url": url_for("admin.log.index", event=row.event_id),
        "created_at": row.created_at,
        "url": url_for("admin.log.show", notification_id=row.id),
    }


def _device_names(user_id: int) -> dict[int, str]:
    return {row.id: row.name or row.kind for row in db.session.execute(devices_of(user_id))}


def _in_app(row: Any) -> Context:
    told = rule_words(row.in_app_rule)
    opening = _("Put into the inbox.") if row.in_inbox else _("Not put into the inbox.")
    entries = [Entry(row.created_at, _joined(opening, told))]
    if row.surfaced_at != row.created_at:
        entries.append(Entry(row.surfaced_at, _("Back in the inbox after a snooze.")))
    entries += _marks(row, READING)
    back = row.snoozed_until and absolute_time(row.snoozed_until)
    return {
        "key": IN_APP,
        "label": _(channel_label(IN_APP)),
        "target": None,
        "replay": 0,
        "status": Status.DELIVERED if row.in_inbox else Status.SUPPRESSED,
        "entries": _in_order(entries),
        "next": back and _("Next: back in the inbox, %(time)s.", time=back),
    }


def _marks(row: Any, marks: Iterable[tuple[str, str]]) -> list[Entry]:
    return [Entry(at, _(text)) for name, text in marks if (at := getattr(row, name)) is not None]


def _delivery(row: Any, log: list[Any], summary: Any, names: dict[int, str]) -> Context:
    entries = [*_begin(row, log), *(_happened(row, one, summary) for one in log), *_marks(row, HANDLING)]
    return {
        "key": row.channel,
        "label": _(channel_label(row.channel)),
        "target": names.get(row.target, _("a device that is gone")) if row.target else None,
        "replay": row.generation,
        "status": row.status,
        "entries": _in_order(entries),
        "next": _next(row),
    }


def _begin(row: Any, log: list[Any]) -> Iterable[Entry]:
    """Yield how it began: why it was to go, or why not, and what held it from the first."""
    ended_later = any(one.outcome in STOPPED for one in log)
    if row.rule in SENDING_RULES:
        yield Entry(row.created_at, _joined(_("Created."), rule_words(row.rule)))
    elif ended_later:  # the row tells by now why it ended, no longer why it began
        yield Entry(row.created_at, _("Created."))
    else:
        yield Entry(row.created_at, _joined(_("Not sent."), rule_words(row.rule)))
    if row.hold is not None and all(one.outcome != Status.HELD for one in log):
        yield Entry(row.created_at, _joined(_("Held back."), rule_words(row.hold)))


def _joined(*sentences: str) -> str:
    return " ".join(sentences)


def _happened(row: Any, one: Any, summary: Any) -> Entry:
    """Return an entry of the log in words; what holds or ends it is said as its rule says it."""
    if one.outcome == Status.HELD:
        return Entry(one.at, _held(one.detail))
    text = _(LOG_TEXTS[Status(one.outcome)])
    if one.outcome in STOPPED and row.rule not in SENDING_RULES:
        return Entry(one.at, _joined(text, rule_words(row.rule)), one.detail)
    if one.outcome == Status.DIGESTED and summary is not None:
        return Entry(one.at, text, one.detail, url_for("admin.log.show", notification_id=summary.id))
    return Entry(one.at, text, one.detail)


def _held(detail: str) -> str:
    """Return « Retenue jusqu'au … » and by which rule, of « paused until 2026-11-24T07:00:00+00:00 »."""
    rule, _until, time = detail.partition(" until ")
    if rule not in set(Rule):
        return _("Held back.")
    held = _("Held back.")
    if time and rule != Rule.SENDER_PAUSED:  # nobody knows when a sender will go on
        held = _("Held back until %(time)s.", time=absolute_time(dt.datetime.fromisoformat(time)))
    return _joined(held, rule_words(rule))


def _next(row: Any) -> str | None:
    paused = row.status == Status.HELD and row.hold == Rule.SENDER_PAUSED
    if row.due_at is None or paused or row.status not in UNDER_WAY:
        return None
    return str(_(UNDER_WAY[Status(row.status)], time=absolute_time(row.due_at)))


def _in_order(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.at)
