"""The browsers, phones and webhooks of a member."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from hackitech.core.database import chosen_by, db, table
from hackitech.core.errors import NotFound
from hackitech.core.pagination import Keyset
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.device import Device
from hackitech.models.notification import PLACES, Notification
from hackitech.models.rules import SENDING_RULES, Rule

D, N = table(Delivery).c, table(Notification).c
NEWEST_FIRST = Keyset((Device.id,))
SHOWN = Device.id, Device.kind, Device.name, Device.created_at, Device.disabled_at
"""What may be shown of a device: nothing that could reach it."""
LOOKED_AT = 100
"""So many of a member's notifications, the newest of each place, are searched for what a device got last."""
MEANT = (*SENDING_RULES, Rule.TRANSPORT_UNAVAILABLE)


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


def devices_to_present(user_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Select a member's devices, the newest first, with what tells their owner which is which."""
    return devices_of(user_id).add_columns(Device.address, Device.address_hash).order_by(Device.id.desc())


def last_deliveries(user_id: int, device_ids: Collection[int]) -> dict[int, Any]:
    """Return by device what was meant for it last: status, rule, created_at, updated_at, detail."""
    meant = sa.select(D.id, D.target, D.status, D.rule, D.created_at, D.updated_at).where(
        chosen_by(db.session(), D.notification_id, _newest(user_id)),
        D.target.in_(device_ids),
        D.target > 0,
        D.rule.in_(MEANT),
    )
    last = {row.target: row for row in db.session.execute(meant.order_by(D.id))}
    details = _last_details([row.id for row in last.values()])
    return {device: {**row._asdict(), "detail": details.get(row.id, "")} for device, row in last.items()}


def _newest(user_id: int) -> sa.Select[Any]:
    places = [
        sa.select(N.id)
        .where(N.recipient_id == user_id, N.place == place)
        .order_by(N.surfaced_at.desc(), N.id.desc())
        .limit(LOOKED_AT)
        .subquery()
        for place in (*PLACES, "hidden")
    ]
    newest = sa.union_all(*(sa.select(place) for place in places)).subquery()
    return sa.select(newest.c.id)


def _last_details(delivery_ids: Collection[int]) -> dict[int, str]:
    attempts = sa.select(DeliveryAttempt.delivery_id, DeliveryAttempt.detail)
    mine = attempts.where(DeliveryAttempt.delivery_id.in_(delivery_ids)).order_by(DeliveryAttempt.id)
    return {row.delivery_id: row.detail for row in db.session.execute(mine)}
