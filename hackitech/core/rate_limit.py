"""Count what a principal does: in Redis for all processes, in memory while Redis is away."""

import math
import time

from flask import Flask, current_app
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage, Storage

from hackitech.core.errors import TooManyRequests
from hackitech.core.redis import redis_gate


class Limits:
    """The shared counters, and the local ones that stand in for them; windows are fixed."""

    def __init__(self, app: Flask) -> None:
        self.local: Storage = MemoryStorage()
        self.shared: Storage | None = None
        if app.config["REDIS_URL"]:
            timeout = app.config["REDIS_TIMEOUT"]
            url = app.config["REDIS_URL"].replace("unix://", "redis+unix://", 1)
            self.shared = RedisStorage(
                url, socket_timeout=timeout, socket_connect_timeout=timeout, wrap_exceptions=False
            )

    def count(self, item: RateLimitItem, who: tuple[str, ...], amount: int) -> int:
        """Add `amount` and return how many that makes in the current window."""
        key, expiry = item.key_for(*who), item.get_expiry()
        shared = self.shared
        if shared is not None:
            counted = redis_gate().attempt(lambda _client: shared.incr(key, expiry, amount=amount))
            if counted is not None:
                return counted
        return self.local.incr(key, expiry, amount=amount)

    def ends_at(self, item: RateLimitItem, who: tuple[str, ...]) -> float:
        """Return when the current window ends, in seconds since the epoch."""
        key = item.key_for(*who)
        shared = self.shared
        end = None if shared is None else redis_gate().attempt(lambda _client: shared.get_expiry(key))
        return end or self.local.get_expiry(key)


def init_limits(app: Flask) -> None:
    """Bind the counters to the application."""
    app.extensions["limits"] = Limits(app)


def tally(item: RateLimitItem, *who: str, amount: int = 1) -> int:
    """Count for `who` and return how many that makes in the window; a negative amount takes back."""
    limits: Limits = current_app.extensions["limits"]
    return limits.count(item, who, amount)


def within(item: RateLimitItem, *who: str) -> bool:
    """Count one for `who` and return whether it was within `item`."""
    return tally(item, *who) <= item.amount


def rest_of_window(item: RateLimitItem, *who: str) -> float:
    """Return the seconds until `who` starts again from nothing; it begins with the first count."""
    limits: Limits = current_app.extensions["limits"]
    return float(max(1, math.ceil(limits.ends_at(item, who) - time.time())))


def per_minute(amount: int) -> RateLimitItem:
    return RateLimitItemPerMinute(amount)


def per_hour(amount: int) -> RateLimitItem:
    return RateLimitItemPerHour(amount)


def limit_requests(kind: str, who: str) -> None:
    """Count a request of `kind` "reads" or "writes".

    Raises:
        TooManyRequests: over the setting's number per minute; it says when to come back.
    """
    item = per_minute(current_app.config[f"RATE_LIMIT_{kind.upper()}"])
    if item.amount and not within(item, kind, who):
        wait = rest_of_window(item, kind, who)
        raise TooManyRequests(f"More than {item.amount} {kind} in a minute.", retry_after=wait)
