"""A past for members: what they were sent, as the ledger has it."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
import time_machine

from hackitech.core.clock import now
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.notification import Notification
from hackitech.models.statuses import Status
from hackitech.notifications.notify import notify


def sent_back_then(user_id: int, days_ago: float, notification_type: str = "mention", **fields: Any) -> None:
    """Have a member have been sent a notification, by every channel that it goes by."""
    with time_machine.travel(now() - dt.timedelta(days=days_ago), tick=False), atomic() as session:
        words = {"title": "A", "message": "B", **fields}
        event = notify(notification_type, recipients=[user_id], **words).event_id
        copies = sa.select(Notification.id).where(Notification.event_id == event)
        goes = sa.update(Delivery).where(
            Delivery.notification_id.in_(copies), Delivery.status == Status.CREATED
        )
        session.execute(goes.values(status=Status.SENT, due_at=None, first_attempt_at=now()))
