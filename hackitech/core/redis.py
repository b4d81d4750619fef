"""Redis with short timeouts, left alone for a while after it failed: no request waits for it twice."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog
from flask import current_app

log = structlog.get_logger()
T = TypeVar("T")
FAILURES = (redis.RedisError, OSError)


class RedisGate:
    """One connection pool for requests, with a memory of the last failure."""

    def __init__(self, url: str, timeout: float, backoff: float) -> None:
        self.client = redis.Redis.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=None, health_check_interval=0
        )
        self._backoff = backoff
        self._skip_until = 0.0

    def attempt(self, action: Callable[[Any], T]) -> T | None:
        """Return what `action(client)` returns, or None where Redis does not answer."""
        if time.monotonic() < self._skip_until:
            return None
        try:
            return action(self.client)
        except FAILURES as error:
            self._skip_until = time.monotonic() + self._backoff
            log.warning("redis_unavailable", error=type(error).__name__, skipped_for=self._backoff)
            return None


def init_redis(app: Any) -> None:
    """Bind a gate to the application; without REDIS_URL every attempt is a None."""
    url = app.config["REDIS_URL"] or "redis://127.0.0.1:1/0"
    app.extensions["redis_gate"] = RedisGate(url, app.config["REDIS_TIMEOUT"], app.config["REDIS_BACKOFF"])


def redis_gate() -> RedisGate:
    """Return this application's gate."""
    gate: RedisGate = current_app.extensions["redis_gate"]
    return gate


def patient_client() -> Any:
    """Return a client for workers and subscribers, which may wait."""
    return redis.Redis.from_url(
        current_app.config["REDIS_URL"],
        socket_connect_timeout=2,
        health_check_interval=15,
    )
