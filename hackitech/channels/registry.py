"""The channels there are, in the order in which members see them.

A new channel is a file beside this one and a line here.
"""

from hackitech.channels.base import Channel, Withdrawing
from hackitech.channels.email import EmailChannel
from hackitech.channels.push import PushChannel
from hackitech.channels.webhook import WebhookChannel
from hackitech.core.i18n import N_
from hackitech.models.notification import IN_APP

CHANNELS: dict[str, Channel] = {
    channel.key: channel for channel in (EmailChannel(), PushChannel(), WebhookChannel())
}
WITHDRAWING: dict[str, Withdrawing] = {
    key: channel for key, channel in CHANNELS.items() if isinstance(channel, Withdrawing)
}
"""Those that can take back what they sent."""


def channel_keys() -> list[str]:
    """Return the keys that preferences and types may name, the inbox first."""
    return [IN_APP, *CHANNELS]


def channel_label(key: str) -> str:
    """Return the English msgid of a channel's name."""
    return N_("Inbox") if key == IN_APP else CHANNELS[key].label


def get_channel(key: str) -> Channel:
    """Return a channel that delivers.

    Raises:
        KeyError: there is none of that name.
    """
    return CHANNELS[key]
