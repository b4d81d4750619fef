"""Why a channel did or did not go: one documented enumeration, in the order in which rules are asked."""

from enum import StrEnum


class Rule(StrEnum):
    """The rule that decided, for one channel of one notification."""

    CANCELLED = "cancelled"
    """The sender cancelled it before it left."""
    RETRACTED = "retracted"
    """The sender withdrew what it was about."""
    EXPIRED = "expired"
    """It was over before it could leave."""
    ALREADY_READ = "already_read"
    """It was read while it was held, so there was no need of it any more."""
    INACTIVE = "inactive"
    """The account is disabled."""
    NARROWED = "narrowed"
    """The sender asked for other channels only."""
    NO_ADDRESS = "no_address"
    """The member has no address or device on this channel."""
    SUPPRESSED_ADDRESS = "suppressed_address"
    """The address refused earlier messages for good."""
    TRANSPORT_UNAVAILABLE = "transport_unavailable"
    """This server is not set up to reach this kind of device."""
    SUMMARY = "summary"
    """It sums up what was held."""
    MANDATORY = "mandatory"
    """The type is always sent on this channel."""
    MUTED_TOPIC = "muted_topic"
    """The member muted the topic."""
    MUTED_OBJECT = "muted_object"
    """The member muted what it is about."""
    TURNED_OFF = "turned_off"
    """The member turned this type off on this channel."""
    TURNED_ON = "turned_on"
    """The member turned this type on on this channel."""
    DEFAULT_ON = "default_on"
    """The type is sent on this channel unless turned off."""
    DEFAULT_OFF = "default_off"
    """The type is not sent on this channel unless turned on."""

    SENDER_PAUSED = "sender_paused"
    """Held: the sender paused it, what is mandatory or urgent included."""
    ESCALATION = "escalation"
    """Held: it leaves only if nobody has read it in the inbox until then."""
    PAUSED = "paused"
    """Held: the member paused everything until a date."""
    FREQUENCY = "frequency"
    """Held: the member wants this type as a summary, hourly, daily or weekly."""
    QUIET_HOURS = "quiet_hours"
    """Held: the member's quiet hours."""
    DAILY_LIMIT = "daily_limit"
    """Held: the member had as many emails that day as they want."""


VERDICTS = ("send", "hold", "suppress")
SENDING_RULES = (Rule.SUMMARY, Rule.MANDATORY, Rule.TURNED_ON, Rule.DEFAULT_ON)
SUMMARISED_HOLDS = (Rule.PAUSED, Rule.FREQUENCY, Rule.QUIET_HOURS, Rule.DAILY_LIMIT)
"""What was held by these leaves as one summary; what was held by the others leaves as itself."""
HOLDS = (Rule.SENDER_PAUSED, Rule.ESCALATION, *SUMMARISED_HOLDS)
