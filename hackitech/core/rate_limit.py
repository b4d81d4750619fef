"""Count what a principal does: in Redis for all processes, in memory while Redis is away."""

import math
import time

from flask import Flask, current_app
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter

from hackitech.core.errors import TooManyRequests
from hackitech.core.redis import redis_gate


class Limits:
    """The shared counters, and the local ones that stand in for them."""

    def __init__(self, app: Flask) -> None:
        self.local: RateLimiter = FixedWindowRateLimiter(MemoryStorage())
        self.shared: RateLimiter | None = None
        if app.config["REDIS_URL"]:
            timeout = app.config["REDIS_TIMEOUT"]
            url = app.config["REDIS_URL"].replace("unix://", "redis+unix://", 1)
            storage = RedisStorage(
                url, socket_timeout=timeout, socket_connect_timeout=timeout, wrap_exceptions=False
            )
            self.shared = FixedWindowRateLimiter(storage)

    def hit(self, item: RateLimitItem, *who: str) -> bool:
        """Count one, and return whether it was still within the limit."""
        shared = self.shared
        if shared is not None:
            allowed = redis_gate().attempt(lambda _client: shared.hit(item, *who))
            if allowed is not None:
                return allowed
        return self.local.hit(item, *who)


def init_limits(app: Flask) -> None:
    """Bind the counters to the application."""
    app.extensions["limits"] = Limits(app)


def within(item: RateLimitItem, *who: str) -> bool:
    """Count one for `who` and return whether it was within `item`."""
    limits: Limits = current_app.extensions["limits"]
    return limits.hit(item, *who)


def per_minute(amount: int) -> RateLimitItem:
    return RateLimitItemPerMinute(amount)


def per_hour(amount: int) -> RateLimitItem:
    return RateLimitItemPerHour(amount)


def limit_requests(kind: str, who: str) -> None:
    """Count a request of `kind` "reads" or "writes".

    Raises:
        TooManyRequests: over the setting's number per minute; it says when to come back.
    """
    amount = current_app.config[f"RATE_LIMIT_{kind.upper()}"]
    if amount and not within(per_minute(amount), kind, who):
        raise TooManyRequests(f"More than {amount} {kind} in a minute.", retry_after=_rest_of_minute())


def _rest_of_minute() -> float:
    return float(math.ceil(60 - time.time() % 60))
