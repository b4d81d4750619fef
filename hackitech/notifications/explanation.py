"""Say in plain words why a channel did or did not go."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from hackitech.channels.registry import IN_APP
from hackitech.core.fields import time_text
from hackitech.models.rules import SENDING_RULES, Rule
from hackitech.models.statuses import Status
from hackitech.notifications.event_queries import deliveries_of

RULE_TEXTS = {
    Rule.CANCELLED: _l("The sender cancelled it before it left."),
    Rule.RETRACTED: _l("The sender withdrew it."),
    Rule.EXPIRED: _l("It was over before it could leave."),
    Rule.INACTIVE: _l("Your account is disabled."),
    Rule.NARROWED: _l("The sender chose other channels."),
    Rule.NO_ADDRESS: _l("You have no address or device for this channel."),
    Rule.SUPPRESSED_ADDRESS: _l("Your address refused earlier messages, so we stopped writing to it."),
    Rule.TRANSPORT_UNAVAILABLE: _l("This server is not set up to reach this kind of device."),
    Rule.MANDATORY: _l("This type is always sent on this channel."),
    Rule.MUTED_TOPIC: _l("You muted this topic."),
    Rule.TURNED_OFF: _l("You turned this type off on this channel."),
    Rule.TURNED_ON: _l("You turned this type on on this channel."),
    Rule.DEFAULT_ON: _l("This type is sent on this channel unless you turn it off."),
    Rule.DEFAULT_OFF: _l("This type is not sent on this channel unless you turn it on."),
}
OUTCOME_TEXTS = {
    Status.CREATED: _l("It is about to leave."),
    Status.HELD: _l("It is waiting."),
    Status.QUEUED: _l("It is about to leave."),
    Status.SENDING: _l("It is leaving right now."),
    Status.RETRYING: _l("It could not be delivered yet and will be tried again."),
    Status.UNKNOWN: _l("It was interrupted and will be tried again."),
    Status.SENT: _l("It was handed over."),
    Status.DELIVERED: _l("It arrived."),
    Status.DIGESTED: _l("It was part of a summary."),
    Status.TEMPORARY_FAILURE: _l("It could not be delivered in time."),
    Status.PERMANENT_FAILURE: _l("The address does not exist any more."),
    Status.TECHNICAL_FAILURE: _l("It failed because of a fault on our side."),
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
        "text": str(RULE_TEXTS[rule]),
        "due_at": None,
        "attempts": [],
    }


def _delivery(row: Any, attempts: list[Any]) -> dict[str, Any]:
    rule, status = Rule(row.rule), Status(row.status)
    outcome = OUTCOME_TEXTS.get(status)
    text = str(RULE_TEXTS[rule]) if outcome is None else _(
        "%(rule)s %(outcome)s", rule=RULE_TEXTS[rule], outcome=outcome
    )  # fmt: skip
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
