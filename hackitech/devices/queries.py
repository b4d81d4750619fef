"""The browsers, phones and webhooks of a member."""

from typing import Any

import sqlalchemy as sa

from hackitech.core.database import db
from hackitech.core.errors import NotFound
from hackitech.core.pagination import Keyset
from hackitech.models.device import Device

NEWEST_FIRST = Keyset((Device.id,))
SHOWN = Device.id, Device.kind, Device.name, Device.created_at, Device.disabled_at
"""What may be shown of a device: nothing that could reach it."""


def devices_of(user_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Select a member's devices, as far as they are shown."""
    return sa.select(*SHOWN).where(Device.user_id == user_id)


def get_device(device_id: int, user_id: int) -> Device:
    """Return a device of this member.

    Raises:
        NotFound: no such device, or it is somebody else's.
    """
    found = db.session.scalar(sa.select(Device).where(Device.id == device_id, Device.user_id == user_id))
    if found is None:
        raise NotFound("No such device.")
    return found


def find_by_address(address_hash: str, user_id: int) -> Device | None:
    """Return the device at this address if it is this member's, kept from being changed by others."""
    query = sa.select(Device).where(Device.address_hash == address_hash, Device.user_id == user_id)
    return db.session.scalar(query.with_for_update())


def count_devices(user_id: int) -> int:
    """Return how many devices a member has."""
    query = sa.select(sa.func.count()).select_from(Device).where(Device.user_id == user_id)
    return db.session.scalar(query) or 0
