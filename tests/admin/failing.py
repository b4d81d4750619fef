"""Deliveries that failed, written straight into the database."""

from typing import Any

import sqlalchemy as sa

from hackitech.core.clock import now
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.notification import Notification
from hackitech.models.user import User
from hackitech.notifications.notify import notify

REFUSED = "554 5.7.1 this is spam"


def fail_email(
    *members: User, detail: str = REFUSED, status: str = "technical-failure", **content: Any
) -> list[int]:
    """Notify these members, have their emails fail, and return those deliveries."""
    fields = {"title": "Room B12", "message": "The room has changed.", **content}
    with atomic() as session:
        event = notify("announcement", recipients=[member.id for member in members], **fields).event_id
        copies = sa.select(Notification.id).where(Notification.event_id == event).scalar_subquery()
        emails = Delivery.notification_id.in_(copies), Delivery.channel == "email"
        over = {"status": status, "due_at": None, "attempts": 1, "updated_at": now()}
        failed = sa.update(Delivery).where(*emails).values(**over).returning(Delivery.id)
        ids = sorted(session.scalars(failed.execution_options(synchronize_session=False)))
        entries = [{"delivery_id": id_, "at": now(), "outcome": status, "detail": detail} for id_ in ids]
        session.execute(sa.insert(DeliveryAttempt), entries)
    return ids
