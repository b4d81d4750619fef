"""What the worker of the `events` queue runs."""

import time

from flask import current_app

from hackitech.core.queues import stopping
from hackitech.notifications.event_service import advance_event


def advance(event_id: int) -> None:
    """Move an event forward, chunk by chunk; what a stop leaves undone is taken up after its lease."""
    deadline = time.monotonic() + current_app.config["JOB_TIMEOUT"] / 2
    while advance_event(event_id) and not stopping.is_set() and time.monotonic() < deadline:
        pass
