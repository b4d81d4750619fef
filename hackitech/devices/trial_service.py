"""Let a member see whether notifications arrive at a device: send one there, and nowhere else."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.catalog.lookup import find_type
from hackitech.channels.devices import DeviceChannel
from hackitech.channels.registry import CHANNELS
from hackitech.core import clock
from hackitech.core.database import table
from hackitech.core.errors import Conflict, TooManyRequests
from hackitech.core.rate_limit import per_minute, rest_of_window, within
from hackitech.core.transaction import atomic
from hackitech.devices import queries
from hackitech.models.delivery import Delivery
from hackitech.models.device import Device
from hackitech.models.notification import Notification
from hackitech.notifications.content import event_content
from hackitech.notifications.expansion import Audience
from hackitech.notifications.notify import write_event

TRIAL = "device_test"
"""The key of the type."""
MOST = per_minute(5)
"""Of one member."""
NEWS_FOR = 3600
"""Seconds: later than that nobody waits for it any more."""


def send_test(device_id: int, user_id: int) -> None:
    """Notify one device of this member, by the way that every notification takes.

    Raises:
        NotFound: no such device, or it is somebody else's.
        Conflict: it was disabled.
        TooManyRequests: more than a few in a minute.
    """
    _count(user_id)
    with atomic() as session:
        device = queries.get_device(device_id, user_id)
        if device.disabled_at is not None:
            raise Conflict("The device was disabled; register it again.")
        channel = _channel_of(device)
        event_id, _status = write_event(
            session, Audience("ids", (user_id,)), _columns(session, device, channel)
        )
        _leave_out_others(session, event_id, channel, device.id)


def _count(user_id: int) -> None:
    who = TRIAL, str(user_id)
    if not within(MOST, *who):
        wait = rest_of_window(MOST, *who)
        raise TooManyRequests(f"More than {MOST.amount} tests in a minute.", retry_after=wait)


def _channel_of(device: Device) -> str:
    return next(
        key
        for key, channel in CHANNELS.items()
        if isinstance(channel, DeviceChannel) and device.kind in channel.kinds
    )


def _columns(session: Session, device: Device, channel: str) -> dict[str, Any]:
    loaded = find_type(session, TRIAL)
    if loaded is None:
        raise RuntimeError(f"the type {TRIAL!r} is missing; run `types sync`")
    content = event_content(
        loaded,
        {
            "params": {"device": device.name or device.kind},
            "action_url": "/devices",
            "channels": [channel],
            "expires_at": clock.after(NEWS_FOR),
        },
        None,
    )
    return {
        **content,
        "notification_type": TRIAL,
        **dict.fromkeys(("actor_id", "sender_id", "topic_id", "topic", "send_at")),
        "audience": "ids",
        "recipient_ids": [device.user_id],
        "unknown_recipients": [],
    }


def _leave_out_others(session: Session, event_id: int, channel: str, device_id: int) -> None:
    """Take back the deliveries to the member's other devices, which this very transaction has written."""
    deliveries = table(Delivery).c
    copies = sa.select(Notification.id).where(Notification.event_id == event_id)
    session.execute(
        sa.delete(table(Delivery)).where(
            deliveries.notification_id.in_(copies),
            deliveries.channel == channel,
            deliveries.target != device_id,
        )
    )
