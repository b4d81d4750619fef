"""When to try again."""

import random
from collections.abc import Sequence

from flask import current_app

from hackitech.channels.base import Channel, Temporary

JITTER = 0.2
"""So that what failed together does not come back together."""


def backoff(delays: Sequence[float], attempts: int) -> float:
    """Return the seconds to wait after that many attempts (at least one), within ±20 %; the last repeats."""
    delay = delays[min(attempts, len(delays)) - 1]
    return delay * random.uniform(1 - JITTER, 1 + JITTER)


def next_wait(channel: Channel, attempts: int, failure: Temporary) -> float:
    """Return the seconds until the next attempt: what the provider asked for, or else the backoff."""
    if failure.retry_after and failure.retry_after > 0:
        return min(failure.retry_after, float(current_app.config["RETRY_AFTER_MAX"]))
    return channel.retry_delay(attempts)
