"""Push: one delivery per device, by the transport of its kind."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.elements import ColumnElement

from hackitech.channels.base import Message, Outcome, Technical
from hackitech.channels.push_message import lifetime
from hackitech.channels.retry import backoff
from hackitech.channels.webpush import WebPush
from hackitech.core import clock
from hackitech.core.i18n import N_
from hackitech.models.device import Device
from hackitech.models.user import User


class Transport(Protocol):
    """How one kind of device is reached."""

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each, and say at once what became of it."""


TRANSPORTS: dict[str, Transport] = {"webpush": WebPush()}
"""By kind of device; a kind that is missing here is registered, and not reached yet."""


class PushChannel:
    """Sends to every browser and phone that the member registered."""

    key = "push"
    label = N_("Push")

    def targets(self, people: FromClause) -> tuple[FromClause, ColumnElement[int]]:
        """Join each member's devices, and one row without a device where there is none."""
        usable = sa.and_(Device.user_id == User.id, Device.disabled_at.is_(None))
        return sa.outerjoin(people, Device, usable), sa.func.coalesce(Device.id, 0)

    def reachable(self) -> ColumnElement[bool]:
        """Whether there is a device."""
        return Device.id.is_not(None)

    def available(self) -> ColumnElement[bool]:
        """Whether this server has a transport for that kind of device."""
        return Device.kind.in_(list(TRANSPORTS))

    def refused(self) -> ColumnElement[bool]:
        """Never: a device that is gone is disabled, and so is not there at all."""
        return sa.false()

    def addresses(self, rows: Iterable[tuple[int, int]]) -> sa.Select[*tuple[Any, ...]]:
        """Select recipient_id, target, kind, address, p256dh and auth."""
        pairs = list(rows)
        columns = Device.user_id.label("recipient_id"), Device.id.label("target"), Device.kind
        return sa.select(*columns, Device.address, Device.p256dh, Device.auth).where(
            Device.id.in_({target for _, target in pairs}),
            Device.user_id.in_({recipient for recipient, _ in pairs}),
            Device.disabled_at.is_(None),
        )

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

    def suppress(self, message: Message, reason: str) -> sa.Executable:
        """Return the statement that disables this device, and it alone."""
        device = sa.and_(Device.id == message.target, Device.disabled_at.is_(None))
        return sa.update(Device).where(device).values(disabled_at=clock.now())

    def retry_delay(self, attempts: int) -> float:
        """Return the seconds to wait after that many attempts."""
        return backoff(current_app.config["PUSH_RETRY_DELAYS"], attempts)

    def retry_for(self, message: Message) -> float:
        """Return how many seconds a push is tried: as long as it would be news."""
        return lifetime(message)
