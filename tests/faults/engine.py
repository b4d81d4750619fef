"""The engine in this process, step by step: neither clock nor worker runs but when a test says so."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import redis
import sqlalchemy as sa

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.queues import queue
from hackitech.core.transaction import atomic
from hackitech.delivery.dispatch import deliver
from hackitech.delivery.service import relay_due
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.notifications.notify import notify

Run = Callable[[str], int]
WORDS: dict[str, Any] = {"title": "Salle changée", "message": "Rendez-vous en B12."}


def announce(*recipients: int, channel: str = "email", **content: Any) -> int:
    """Send what goes at once on every channel, but on one only, committed, and return the event's id."""
    with atomic():
        fields: Any = {**WORDS, "channels": [channel], **content}
        return notify("team_invitation", recipients=list(recipients), **fields).event_id


def relay(redis_url: str, channel: str) -> list[int]:
    """Relay what is due, and take the ids of a channel's jobs off its queue."""
    with redis.Redis.from_url(redis_url) as connection:
        relay_due(connection)
        waiting = queue(channel, connection)
        ids = [id_ for job in waiting.get_jobs() for id_ in job.args[1]]
        waiting.empty()
    return ids


def run(redis_url: str, channel: str) -> int:
    """Do once what clock and worker do all the time; return how many were attempted."""
    return deliver(channel, relay(redis_url, channel))


def make_due(seconds: float = 1.0) -> None:
    """Let the time be over that deliveries wait for: retries, leases, wake-ups that got lost."""
    with atomic() as session:
        past = clock.now() - dt.timedelta(seconds=seconds)
        session.execute(sa.update(Delivery).where(Delivery.due_at > past).values(due_at=past))


def deliveries(channel: str) -> Sequence[Any]:
    """Return id, recipient, target, status, attempts and due time of a channel's deliveries, oldest first."""
    db.session.rollback()
    columns = Delivery.id, Delivery.recipient_id, Delivery.target, Delivery.status, Delivery.attempts
    query = sa.select(*columns, Delivery.due_at).where(Delivery.channel == channel).order_by(Delivery.id)
    return db.session.execute(query).all()


def statuses(channel: str) -> list[str]:
    """Return the statuses of a channel's deliveries, oldest first."""
    return [row.status for row in deliveries(channel)]


def outcomes(delivery_id: int) -> list[str]:
    """Return what the log says of a delivery, oldest first."""
    log = sa.select(DeliveryAttempt.outcome).where(DeliveryAttempt.delivery_id == delivery_id)
    return list(db.session.scalars(log.order_by(DeliveryAttempt.id)))
