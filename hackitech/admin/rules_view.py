"""The rules in words for those who administer: about a member, where members are told about themselves."""

from flask_babel import gettext as _

from hackitech.core.i18n import N_
from hackitech.models.rules import Rule

RULE_WORDS = {
    Rule.CANCELLED: N_("The sender cancelled it before it left."),
    Rule.RETRACTED: N_("The sender withdrew it."),
    Rule.EXPIRED: N_("It was over before it could leave."),
    Rule.ALREADY_READ: N_("It had been read before it was to leave."),
    Rule.INACTIVE: N_("The account is disabled."),
    Rule.NARROWED: N_("The sender chose other channels."),
    Rule.NO_ADDRESS: N_("The member has no address or device for this channel."),
    Rule.SUPPRESSED_ADDRESS: N_("The address refused earlier messages, so nothing is sent to it."),
    Rule.TRANSPORT_UNAVAILABLE: N_("This server is not set up to reach this kind of device."),
    Rule.SUMMARY: N_("It sums up what was held back."),
    Rule.MANDATORY: N_("This type is always sent on this channel."),
    Rule.MUTED_TOPIC: N_("The member muted the topic."),
    Rule.MUTED_OBJECT: N_("The member muted what this is about."),
    Rule.TURNED_OFF: N_("The member turned this type off on this channel."),
    Rule.TURNED_ON: N_("The member turned this type on on this channel."),
    Rule.DEFAULT_ON: N_("This type is sent on this channel unless it is turned off."),
    Rule.DEFAULT_OFF: N_("This type is not sent on this channel unless it is turned on."),
    Rule.ESCALATION: N_("This channel leaves some time to read it in the inbox first."),
    Rule.SENDER_PAUSED: N_("The sender paused it."),
    Rule.PAUSED: N_("The member paused everything."),
    Rule.FREQUENCY: N_("The member wants this type as a summary on this channel."),
    Rule.QUIET_HOURS: N_("It came during the member’s quiet hours."),
    Rule.DAILY_LIMIT: N_("The member had as many emails that day as they want."),
}


def rule_words(rule: str) -> str:
    """Return a rule as a sentence in the reader's language."""
    return str(_(RULE_WORDS[Rule(rule)]))
