"""Whom a message reaches, channel by channel, and who is left out and why."""

from typing import Any

from flask_babel import gettext as _

from hackitech.admin.compose_view import current_sender, sentences
from hackitech.admin.messages_view import COUNTED_AT_ONCE
from hackitech.channels.registry import channel_label
from hackitech.core.errors import Invalid
from hackitech.core.i18n import N_
from hackitech.drafts.checking_service import (
    PEOPLE,
    check_audience,
    check_content,
    choices,
    count_recipients,
    find_people,
)
from hackitech.models.rules import Rule
from hackitech.notifications.content import NotifyFields
from hackitech.notifications.dry_run_service import dry_run

Context = dict[str, Any]
REASONS = {
    Rule.INACTIVE: N_("the account is disabled"),
    Rule.NARROWED: N_("you left this channel out"),
    Rule.NO_ADDRESS: N_("no address or device for this channel"),
    Rule.SUPPRESSED_ADDRESS: N_("the address refused earlier messages"),
    Rule.TRANSPORT_UNAVAILABLE: N_("this server cannot reach this kind of device"),
    Rule.MUTED_TOPIC: N_("they muted the topic"),
    Rule.MUTED_OBJECT: N_("they muted what it is about"),
    Rule.TURNED_OFF: N_("they turned this type off"),
    Rule.DEFAULT_OFF: N_("off unless they turn it on"),
    Rule.ESCALATION: N_("only if it is not read in the inbox first"),
    Rule.PAUSED: N_("they paused everything"),
    Rule.FREQUENCY: N_("they want summaries of this type"),
    Rule.QUIET_HOURS: N_("it is during their quiet hours"),
    Rule.DAILY_LIMIT: N_("they have had as many emails today as they want"),
}
"""Why something is not sent, or not at once; the other rules send."""
SOME_WORDS = NotifyFields(title="–", message="–")
"""Whom a message reaches does not depend on what it says."""


def reach_context(draft: Any, *, counted: bool = False) -> Context:
    """Return what `_reach.html` shows of a draft's row: `reach`, or why there is none yet.

    Of many recipients the channels only where `counted` asks for them: that takes a second for 100,000.
    """
    try:
        fields = _fields(draft)
        unknown = find_people(draft.audience["people"]).unknown if draft.audience["kind"] == PEOPLE else []
        total = count_recipients(draft.notification_type, fields)
        channels = _channels(draft, fields) if counted or total <= COUNTED_AT_ONCE else None
    except Invalid as error:
        return {"reach": None, "reach_errors": list(sentences(error.errors).values())}
    return {"reach": {"total": total, "unknown": unknown, "channels": channels}, "reach_errors": []}


def _fields(draft: Any) -> NotifyFields:
    """Return what decides whom a draft reaches; its texts and times may be unfinished."""
    sender = current_sender()
    audience = check_audience(draft.audience, sender)
    try:
        content = check_content(draft, sender)
    except Invalid:
        content = {**choices(draft.content), **SOME_WORDS}
    return {**content, **audience}


def _channels(draft: Any, fields: NotifyFields) -> list[Context]:
    found = dry_run(draft.notification_type, fields)["channels"]
    return [_channel(key, verdicts) for key, verdicts in found.items() if verdicts]


def _channel(key: str, verdicts: dict[str, dict[str, int]]) -> Context:
    counts = {verdict: sum(rules.values()) for verdict, rules in verdicts.items()}
    return {
        "key": key,
        "label": _(channel_label(key)),
        "send": counts.get("send", 0),
        "hold": counts.get("hold", 0),
        "suppress": counts.get("suppress", 0),
        "reasons": [
            (verdict, _(REASONS[Rule(rule)]), amount)
            for verdict in ("hold", "suppress")
            for rule, amount in sorted(verdicts.get(verdict, {}).items(), key=lambda one: -one[1])
        ],
    }
