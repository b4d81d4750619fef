"""When to try again."""

import datetime as dt
import random
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from flask import current_app

from hackitech.channels.base import Channel, Temporary
from hackitech.core import clock

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


def seconds_until(retry_after: str | None) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, as seconds; None unless it lies ahead."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text) or None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (at.replace(tzinfo=at.tzinfo or dt.UTC) - clock.now()).total_seconds()
    return seconds if seconds > 0 else None
