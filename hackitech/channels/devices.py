"""What channels to devices have in common: a delivery for each device that the member registered."""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.elements import ColumnElement

from hackitech.channels.base import Message
from hackitech.core import clock
from hackitech.models.device import Device
from hackitech.models.user import User


class DeviceChannel:
    """Who can be reached, where the target is a device of one of these kinds."""

    kinds: Collection[str]
    on_demand = False

    def targets(self, people: FromClause) -> tuple[FromClause, ColumnElement[int]]:
        """Join each member's devices, and one row without a device where there is none."""
        return sa.outerjoin(people, Device, self._usable()), sa.func.coalesce(Device.id, 0)

    def target_again(self, people: FromClause, target: ColumnElement[int]) -> FromClause:
        """Join that device, and nothing where it is gone."""
        return sa.outerjoin(people, Device, sa.and_(self._usable(), Device.id == target))

    def reachable(self) -> ColumnElement[bool]:
        """Whether there is a device."""
        return Device.id.is_not(None)

    def refused(self) -> ColumnElement[bool]:
        """Never: a device that is gone is disabled, and so is not there at all."""
        return sa.false()

    def addresses(self, rows: Iterable[tuple[int, int]]) -> sa.Select[*tuple[Any, ...]]:
        """Select recipient_id, target, kind, address, and what the kind encrypts or signs with."""
        pairs = list(rows)
        columns = Device.user_id.label("recipient_id"), Device.id.label("target"), Device.kind
        return sa.select(*columns, Device.address, Device.p256dh, Device.auth, Device.secret).where(
            Device.id.in_({target for _, target in pairs}),
            Device.user_id.in_({recipient for recipient, _ in pairs}),
            Device.disabled_at.is_(None),
        )

    def suppress(self, message: Message, reason: str) -> sa.Executable:
        """Return the statement that disables this device, and it alone."""
        device = sa.and_(Device.id == message.target, Device.disabled_at.is_(None))
        return sa.update(Device).where(device).values(disabled_at=clock.now())

    def _usable(self) -> ColumnElement[bool]:
        mine = Device.user_id == User.id
        return sa.and_(mine, Device.kind.in_(self.kinds), Device.disabled_at.is_(None))
