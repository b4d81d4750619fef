"""A circuit per provider: one that fails half of its calls is left alone for a while."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from flask import current_app

from hackitech.channels.base import Permanent, Technical, Temporary
from hackitech.core import clock
from hackitech.core.redis import RedisGate

FEWEST_CALLS = 20
OPEN = "notifi:circuits"
"""A sorted set of the providers that a process leaves alone; the score is until when, in seconds."""


class CircuitOpen(Temporary):
    """Nothing was attempted, so it counts as no attempt; `retry_after` says when calls go again."""

    def __init__(self, seconds: float) -> None:
        super().__init__("the provider fails at the moment and is left alone", retry_after=seconds)


class Circuit:
    """The recent calls to one provider, in this process.

    It opens for `open_for` seconds once half of at least 20 calls within `window` seconds have failed. After
    that calls go again: the first success closes it, the first failure opens it once more.
    """

    def __init__(
        self, window: float, open_for: float, opened: Callable[[float], Any] = lambda seconds: None
    ) -> None:
        self._window = window
        self._open_for = open_for
        self._opened = opened
        """What is told, with the seconds, whenever it opens."""
        self._calls: deque[tuple[float, bool]] = deque()
        self._open_until = 0.0
        self._on_trial = False
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Return the seconds until calls may go, 0 if they may now."""
        return max(0.0, self._open_until - time.monotonic())

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        """Watch one call; only temporary failures are the provider's.

        Raises:
            CircuitOpen: the call must not be made now.
        """
        wait = self.wait()
        if wait:
            raise CircuitOpen(wait)
        try:
            yield
        except Temporary:
            self._record(failed=True)
            raise
        except (Permanent, Technical):
            self._record(failed=False)
            raise
        else:
            self._record(failed=False)

    def _record(self, *, failed: bool) -> None:
        with self._lock:
            now = time.monotonic()
            if self._on_trial and not failed:
                self._on_trial = False
            self._calls.append((now, failed))
            while self._calls[0][0] < now - self._window:
                self._calls.popleft()
            if failed and (self._on_trial or self._mostly_fails()):
                self._open_until = now + self._open_for
                self._on_trial = True
                self._calls.clear()
                self._opened(self._open_for)

    def _mostly_fails(self) -> bool:
        failures = sum(failed for _, failed in self._calls)
        return len(self._calls) >= FEWEST_CALLS and 2 * failures >= len(self._calls)


def circuit_for(provider: str) -> Circuit:
    """Return this process's circuit for a provider, by the name of its host."""
    circuits: dict[str, Circuit] = current_app.extensions.setdefault("circuits", {})
    if provider not in circuits:
        config = current_app.config
        circuits[provider] = Circuit(
            config["CIRCUIT_WINDOW"],
            config["CIRCUIT_OPEN_FOR"],
            lambda seconds: _tell(provider, seconds),
        )
    return circuits[provider]


def open_circuits(client: Any) -> list[str]:
    """Return the providers that some process leaves alone at the moment."""
    now = clock.now().timestamp()
    return sorted(name.decode() for name in client.zrangebyscore(OPEN, now, "+inf"))


def _tell(provider: str, seconds: float) -> None:
    """Let the page of the site's health know, where there is a Redis to tell it by."""
    gate: RedisGate | None = current_app.extensions.get("redis_gate")
    now = clock.now().timestamp()

    def write(client: Any) -> None:
        client.pipeline().zremrangebyscore(OPEN, "-inf", now).zadd(OPEN, {provider: now + seconds}).execute()

    if gate:
        gate.attempt(write)
