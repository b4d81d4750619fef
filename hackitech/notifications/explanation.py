"""Say in plain words why a channel did or did not go."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from hackitech.core.clock import time_text
from hackitech.core.i18n import N_
from hackitech.models.notification import IN_APP
from hackitech.models.rules import SENDING_RULES, Rule
from hackitech.models.statuses import Status
from hackitech.notifications.event_queries import deliveries_of

RULE_TEXTS = {
    Rule.CANCELLED: N_("The sender cancelled it before it left."),
    Rule.RETRACTED: N_("The sender withdrew it."),
    Rule.EXPIRED: N_("It was over before it could leave."),
    Rule.INACTIVE: N_("Your account is disabled."),
    Rule.NARROWED: N_("The sender chose other channels."),
    Rule.NO_ADDRESS: N_("You have no address or device for this channel."),
    Rule.SUPPRESSED_ADDRESS: N_("Your address refused earlier messages, so we stopped writing to it."),
    Rule.TRANSPORT_UNAVAILABLE: N_("This server is not set up to reach this kind of device."),
    Rule.MANDATORY: N_("This type is always sent on this channel."),
    Rule.MUTED_TOPIC: N_("You muted this topic."),
    Rule.TURNED_OFF: N_("You turned this type off on this channel."),
    Rule.TURNED_ON: N_("You turned this type on on this channel."),
    Rule.DEFAULT_ON: N_("This type is sent on this channel unless you turn it off."),
    Rule.DEFAULT_OFF: N_("This type is not sent on this channel unless you turn it on."),
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


def explain(session: Session, notification: Any) -> list[dict[str, Any]]:
    """Return the contract's channels of "why?": the inbox first, then every delivery."""
    rows = deliveries_of(session, notification.id)
    return [_in_app(notification), *(_delivery(row, attempts) for row, attempts in rows)]


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
        "attempts": [],
    }


def _delivery(row: Any, attempts: list[Any]) -> dict[str, Any]:
    rule, status = Rule(row.rule), Status(row.status)
    outcome = OUTCOME_TEXTS.get(status)
    text = _(RULE_TEXTS[rule])
    if outcome is not None:
        text = _("%(rule)s %(outcome)s", rule=text, outcome=_(outcome))
    return {
        "channel": row.channel,
        "target": row.target,
        "status": status,
        "verdict": "send" if rule in SENDING_RULES else "suppress",
        "rule": rule,
        "text": text,
        "due_at": time_text(row.due_at),
        "attempts": [{"at": time_text(a.at), "outcome": a.outcome, "detail": a.detail} for a in attempts],
    }
