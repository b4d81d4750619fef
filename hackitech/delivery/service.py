"""Relay what is due to the workers."""

from typing import Any

from flask import current_app

from hackitech.channels.registry import CHANNELS
from hackitech.core.kill_points import kill_point
from hackitech.core.queues import enqueue, queue
from hackitech.core.transaction import atomic
from hackitech.delivery.outbox import claim_due

DELIVER = "hackitech.delivery.jobs.deliver"


def relay_due(connection: Any) -> bool:
    """Hand due deliveries to the queues, a batch each, and return whether some may be left.

    A queue that is long enough is left alone: what it has no room for stays due, and visible as such.
    """
    return any([_relay(key, connection) for key in CHANNELS])


def _relay(channel: str, connection: Any) -> bool:
    size = current_app.config["RELAY_BATCH"]
    room = current_app.config["RELAY_DEPTH"] - queue(channel, connection).count
    for _ in range(max(room, 0)):
        with atomic() as session:
            claimed = claim_due(session, channel, size, current_app.config["QUEUE_LEASE"])
            kill_point("clock.claiming")
        if claimed.ids:
            kill_point("clock.claimed")
            enqueue(channel, connection, DELIVER, channel, claimed.ids)
            kill_point("clock.enqueued")
        if not claimed.more:
            return False
    return True
