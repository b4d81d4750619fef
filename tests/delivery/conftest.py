"""Members to write to, and the engine in this process: relay, claim and send without workers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.core.queues import queue
from hackitech.core.transaction import atomic
from hackitech.delivery.service import relay_due
from hackitech.models.delivery import Delivery
from hackitech.notifications.notify import Notified, notify


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


@pytest.fixture
def announce(context: Flask) -> Callable[..., Notified]:
    """Send an announcement, committed."""

    def send(*recipients: int, **content: Any) -> Notified:
        words = {"title": "Salle changée", "message": "Rendez-vous en B12."}
        with atomic():
            return notify("announcement", recipients=list(recipients), **{**words, **content})

    return send


@pytest.fixture
def relay(context: Flask, redis_url: str) -> Callable[[], list[list[int]]]:
    """Relay what is due, and return the ids of each job that was enqueued for email."""

    def run() -> list[list[int]]:
        from_queue: list[list[int]] = []
        with redis.Redis.from_url(redis_url) as connection:
            relay_due(connection)
            waiting = queue("email", connection)
            from_queue += [job.args[1] for job in waiting.get_jobs()]
            waiting.empty()
        return from_queue

    return run


def statuses(channel: str = "email") -> list[str]:
    """Return the statuses of a channel's deliveries, oldest first."""
    db.session.rollback()
    return list(
        db.session.scalars(
            sa.select(Delivery.status).where(Delivery.channel == channel).order_by(Delivery.id)
        )
    )
