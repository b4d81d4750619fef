"""Push: one delivery per device, by the transport of its kind."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.sql.elements import ColumnElement

from hackitech.channels.base import Message, Outcome, Technical, Withdrawal
from hackitech.channels.devices import DeviceChannel
from hackitech.channels.push_message import lifetime
from hackitech.channels.retry import backoff
from hackitech.channels.transports import available_kinds, transport_for
from hackitech.core.i18n import N_
from hackitech.models.device import PUSH_KINDS, Device

Sent = TypeVar("Sent", Message, Withdrawal)


class PushChannel(DeviceChannel):
    """Sends to every browser and phone that the member registered."""

    key = "push"
    label = N_("Push")
    kinds = PUSH_KINDS

    def available(self) -> ColumnElement[bool]:
        """Whether this server is set up to reach that kind of device, asked when the statement runs."""
        return Device.kind.in_(sa.bindparam("kinds", callable_=available_kinds, expanding=True, unique=True))

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each by its device's transport, and say at once what became of it."""
        for kind, group in _by_kind(messages):
            if kind in available_kinds():
                yield from transport_for(kind).send(group)
            else:
                yield from ((message, Technical(f"there is no transport for {kind}")) for message in group)

    def withdraw(self, withdrawals: list[Withdrawal]) -> Iterator[tuple[Withdrawal, Outcome]]:
        """Tell each device by its transport to take away what it was sent."""
        for kind, group in _by_kind(withdrawals):
            if kind in available_kinds():
                yield from transport_for(kind).withdraw(group)

    def retry_delay(self, attempts: int) -> float:
        """Return the seconds to wait after that many attempts."""
        return backoff(current_app.config["PUSH_RETRY_DELAYS"], attempts)

    def retry_for(self, message: Message) -> float:
        """Return how many seconds a push is tried: as long as it would be news."""
        return lifetime(message)


def _by_kind(sent: Iterable[Sent]) -> Iterable[tuple[str, list[Sent]]]:
    groups: defaultdict[str, list[Sent]] = defaultdict(list)
    for one in sent:
        groups[one.address.kind].append(one)
    return groups.items()
