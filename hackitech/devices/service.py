"""Register and remove browsers, phones and webhooks."""

import hashlib
from typing import Any, TypedDict

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hackitech.channels.webhook import new_secret
from hackitech.core import clock
from hackitech.core.errors import Conflict
from hackitech.core.transaction import atomic
from hackitech.devices import queries
from hackitech.models.device import WEBHOOK, Device

MOST = 50
"""Devices of one member."""


class Registration(TypedDict):
    """A device as its owner presents it; the keys are those of Web Push."""

    kind: str
    name: str
    address: str
    p256dh: str | None
    auth: str | None


def register_device(user_id: int, registration: Registration) -> tuple[Device, bool]:
    """Store a device and return it, and whether it is new to this member.

    An address that was somebody else's becomes this member's: the browser has changed hands, and nothing
    of its former owner may reach it. It gets a new id, so that what was under way to the old one stops.
    A webhook's URL is no such proof: anybody may know it, so each member may name it.

    Raises:
        Conflict: the member has too many, or somebody registers the same address at this very moment.
    """
    address_hash = _hash(user_id, registration)
    with atomic() as session:
        known = queries.find_by_address(address_hash, user_id)
        if known is not None:
            _renew(known, registration)
            return known, False
        if queries.count_devices(user_id) >= MOST:
            raise Conflict(f"A member has at most {MOST} devices; remove one first.")
        theirs = sa.and_(Device.address_hash == address_hash, Device.user_id != user_id)
        session.execute(sa.delete(Device).where(theirs))
        return _insert(session, user_id, address_hash, registration), True


def remove_device(device_id: int, user_id: int) -> None:
    """Forget a device of this member.

    Raises:
        NotFound: no such device, or it is somebody else's.
    """
    with atomic() as session:
        session.delete(queries.get_device(device_id, user_id))


def rename_device(device_id: int, user_id: int, name: str) -> None:
    """Call a device of this member something else; an empty name leaves it as it is.

    Raises:
        NotFound: no such device, or it is somebody else's.
    """
    with atomic():
        device = queries.get_device(device_id, user_id)
        device.name = name or device.name


def _hash(user_id: int, registration: Registration) -> str:
    kind, address = registration["kind"], registration["address"]
    told_apart = f"{kind} {user_id} {address}" if kind == WEBHOOK else f"{kind} {address}"
    return hashlib.sha256(told_apart.encode()).hexdigest()


def _renew(device: Device, registration: Registration) -> None:
    device.name = registration["name"] or device.name
    device.p256dh, device.auth = registration["p256dh"], registration["auth"]
    device.disabled_at = None


def _insert(session: Any, user_id: int, address_hash: str, registration: Registration) -> Device:
    row = {
        **registration,
        "user_id": user_id,
        "address_hash": address_hash,
        "secret": new_secret() if registration["kind"] == WEBHOOK else None,
        "created_at": clock.now(),
    }
    statement = insert(Device).values(row)
    # The same member twice at once is no conflict: the second one renews what the first has made.
    statement = statement.on_conflict_do_update(
        index_elements=["address_hash"],
        set_={name: statement.excluded[name] for name in ("name", "p256dh", "auth")},
        where=Device.user_id == user_id,
    )
    device: Device | None = session.scalar(statement.returning(Device))
    if device is None:
        raise Conflict("Somebody else registers this device at the same moment; try again.")
    return device
