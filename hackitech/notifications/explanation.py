"""Say in plain words why a channel did or did not go, or waits, and where to change that."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from hackitech.channels.devices import DeviceChannel
from hackitech.channels.registry import CHANNELS
from hackitech.core.clock import time_text
from hackitech.core.dates import absolute_time
from hackitech.core.i18n import N_
from hackitech.models.notification import IN_APP
from hackitech.models.rules import SENDING_RULES, SUMMARISED_HOLDS, Rule
from hackitech.models.statuses import Status
from hackitech.notifications.event_queries import Attempted, deliveries_of, summaries_of

RULE_TEXTS = {
    Rule.CANCELLED: N_("The sender cancelled it before it left."),
    Rule.RETRACTED: N_("The sender withdrew it."),
    Rule.EXPIRED: N_("It was over before it could leave."),
    Rule.ALREADY_READ: N_("You had read it before it was to leave."),
    Rule.INACTIVE: N_("Your account is disabled."),
    Rule.NARROWED: N_("The sender chose other channels."),
    Rule.NO_ADDRESS: N_("You have no address or device for this channel."),
    Rule.SUPPRESSED_ADDRESS: N_("Your address refused earlier messages, so we stopped writing to it."),
    Rule.TRANSPORT_UNAVAILABLE: N_("This server is not set up to reach this kind of device."),
    Rule.SUMMARY: N_("It sums up what was waiting for you."),
    Rule.MANDATORY: N_("This type is always sent on this channel."),
    Rule.MUTED_TOPIC: N_("You muted this topic."),
    Rule.MUTED_OBJECT: N_("You muted what this is about."),
    Rule.TURNED_OFF: N_("You turned this type off on this channel."),
    Rule.TURNED_ON: N_("You turned this type on on this channel."),
    Rule.DEFAULT_ON: N_("This type is sent on this channel unless you turn it off."),
    Rule.DEFAULT_OFF: N_("This type is not sent on this channel unless you turn it on."),
    Rule.SENDER_PAUSED: N_("The sender paused it."),
    Rule.ESCALATION: N_("This channel leaves you some time to read it in the inbox first."),
    Rule.PAUSED: N_("You paused everything."),
    Rule.FREQUENCY: N_("You want this type as a summary on this channel."),
    Rule.QUIET_HOURS: N_("It came during your quiet hours."),
    Rule.DAILY_LIMIT: N_("You had as many emails that day as you want."),
}
OUTCOME_TEXTS = {
    Status.CREATED: N_("It is about to leave."),
    Status.HELD: N_("It is waiting."),
    Status.QUEUED: N_("It is about to leave."),
    Status.SENDING: N_("It is leaving right now."),
    Status.RETRYING: N_("It could not be delivered yet and will be tried again."),
    Status.UNKNOWN: N_("It was interrupted and will be tried again."),
    Status.SENT: N_("It was handed over."),
    Status.DELIVERED: N_("It arrived."),
    Status.DIGESTED: N_("It was part of a summary."),
    Status.TEMPORARY_FAILURE: N_("It could not be delivered in time."),
    Status.PERMANENT_FAILURE: N_("The address does not exist any more."),
    Status.TECHNICAL_FAILURE: N_("It failed because of a fault on our side."),
}
LOG_TEXTS = OUTCOME_TEXTS | {
    Status.SUPPRESSED: N_("It was not sent."),
    Status.CANCELLED: N_("It was stopped."),
    Status.EXPIRED: N_("It was over."),
}
"""The same for every entry of the log; of those that end there the rule says enough otherwise."""
HELD_BACK = (Status.HELD, Status.DIGESTED)
"""While it is held, and once a summary took it along, the rule of time is what answers."""
CHANGED_BY_TYPE = (Rule.TURNED_OFF, Rule.TURNED_ON, Rule.DEFAULT_ON, Rule.DEFAULT_OFF, Rule.FREQUENCY)
CHANGED_IN_SETTINGS = {
    Rule.PAUSED: "pause",
    Rule.QUIET_HOURS: "quiet",
    Rule.DAILY_LIMIT: "daily_email_limit",
}
"""By their place on the preferences page."""


def explain(session: Session, notification: Any) -> list[dict[str, Any]]:
    """Return the contract's channels of "why?": the inbox first, then every delivery."""
    return explain_all(session, [notification])[0]


def explain_all(session: Session, notifications: Sequence[Any]) -> list[list[dict[str, Any]]]:
    """Return the channels of "why?" of each of these rows of `queries.COLUMNS`."""
    deliveries = deliveries_of(session, [row.id for row in notifications])
    carried_by = {row.digest_id for found in deliveries.values() for row, _attempts in found if row.digest_id}
    summaries = summaries_of(session, carried_by)
    return [
        [_in_app(row), *(_delivery(row, one, summaries) for one in deliveries.get(row.id, ()))]
        for row in notifications
    ]


def change_url(rule: Rule, notification_type: str, channel: str) -> str | None:
    """Return the place on our pages where a member changes what a rule says, if there is one."""
    if rule in CHANGED_BY_TYPE:
        return url_for("preferences_pages.preferences", _anchor=f"type-{notification_type}")
    if rule in CHANGED_IN_SETTINGS:
        return url_for("preferences_pages.preferences", _anchor=CHANGED_IN_SETTINGS[rule])
    if rule == Rule.NO_ADDRESS and isinstance(CHANNELS.get(channel), DeviceChannel):
        return url_for("devices_pages.devices")
    return None


def _in_app(notification: Any) -> dict[str, Any]:
    rule, sends = Rule(notification.in_app_rule), notification.in_inbox
    return {
        "channel": IN_APP,
        "target": 0,
        "status": Status.DELIVERED if sends else Status.SUPPRESSED,
        "verdict": "send" if sends else "suppress",
        "rule": rule,
        "text": _(RULE_TEXTS[rule]),
        "due_at": None,
        "hold": None,
        "summary": None,
        "change_url": change_url(rule, notification.notification_type, IN_APP),
        "attempts": [],
    }


def _delivery(notification: Any, one: Attempted, summaries: dict[int, Any]) -> dict[str, Any]:
    row, attempts = one
    status, summary = Status(row.status), summaries.get(row.digest_id)
    held = status in HELD_BACK and row.hold is not None
    rule = Rule(row.hold if held else row.rule)
    sends = row.rule in SENDING_RULES
    return {
        "channel": row.channel,
        "target": row.target,
        "status": status,
        "verdict": "hold" if held else "send" if sends else "suppress",
        "rule": rule,
        "text": " ".join(filter(None, (_(RULE_TEXTS[rule]), _outcome(row, status, rule, summary)))),
        # Nobody knows when a sender will go on: what is due before is only that somebody looks.
        "due_at": None if rule == Rule.SENDER_PAUSED else time_text(row.due_at),
        "hold": row.hold,
        "summary": summary and {"notification": summary.id, "created_at": time_text(summary.created_at)},
        "change_url": change_url(rule, notification.notification_type, row.channel),
        "attempts": [{"at": time_text(a.at), "outcome": a.outcome, "detail": a.detail} for a in attempts],
    }


def _outcome(row: Any, status: Status, rule: Rule, summary: Any) -> str | None:
    """Say what became of it so far, with the time that this is about where there is one."""
    if status == Status.DIGESTED and summary is not None:
        return _("It was part of the summary of %(time)s.", time=absolute_time(summary.created_at))
    if status == Status.HELD and row.due_at is not None and rule != Rule.SENDER_PAUSED:
        time = absolute_time(row.due_at)
        if rule in SUMMARISED_HOLDS:
            return _("It will leave as part of a summary: %(time)s.", time=time)
        return _("It will leave if you have not read it by then: %(time)s.", time=time)
    return _(OUTCOME_TEXTS[status]) if status in OUTCOME_TEXTS else None
