"""Push: one delivery per device, by the transport of its kind."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol

from flask import current_app
from sqlalchemy.sql.elements import ColumnElement

from hackitech.channels.base import Message, Outcome, Technical
from hackitech.channels.devices import DeviceChannel
from hackitech.channels.push_message import lifetime
from hackitech.channels.retry import backoff
from hackitech.channels.webpush import WebPush
from hackitech.core.i18n import N_
from hackitech.models.device import PUSH_KINDS, Device


class Transport(Protocol):
    """How one kind of device is reached."""

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each, and say at once what became of it."""


TRANSPORTS: dict[str, Transport] = {"webpush": WebPush()}
"""By kind of device; a kind that is missing here is registered, and not reached yet."""


class PushChannel(DeviceChannel):
    """Sends to every browser and phone that the member registered."""

    key = "push"
    label = N_("Push")
    kinds = PUSH_KINDS

    def available(self) -> ColumnElement[bool]:
        """Whether this server has a transport for that kind of device."""
        return Device.kind.in_(list(TRANSPORTS))

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each by its device's transport, and say at once what became of it."""
        by_kind: defaultdict[str, list[Message]] = defaultdict(list)
        for message in messages:
            by_kind[message.address.kind].append(message)
        for kind, group in by_kind.items():
            if kind in TRANSPORTS:
                yield from TRANSPORTS[kind].send(group)
            else:
                yield from ((message, Technical(f"there is no transport for {kind}")) for message in group)

    def retry_delay(self, attempts: int) -> float:
        """Return the seconds to wait after that many attempts."""
        return backoff(current_app.config["PUSH_RETRY_DELAYS"], attempts)

    def retry_for(self, message: Message) -> float:
        """Return how many seconds a push is tried: as long as it would be news."""
        return lifetime(message)
