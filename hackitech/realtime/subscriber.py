"""The one Redis subscriber of a process: it waits for publications, and sweeps for those that were lost."""

import contextlib
import datetime as dt
import json
import random
import threading
import time
from typing import Any

import redis
import structlog
from flask import Flask

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.publish import STREAM
from hackitech.core.redis import FAILURES
from hackitech.realtime.announcer import Announcer
from hackitech.realtime.connections import Connections
from hackitech.realtime.standing import close_disallowed

log = structlog.get_logger()
HEARTBEAT = 5.0
"""Seconds after which Redis is asked whether it is there; twice that without a sign, and it is not."""
PATIENCE = 2.0
SHORTEST_BACKOFF, LONGEST_BACKOFF = 0.2, 5.0


class Subscriber:
    """Hands publications to the announcer, in order, from one thread."""

    def __init__(self, app: Flask, connections: Connections, stopping: threading.Event) -> None:
        self._app = app
        self._connections = connections
        self._announcer = Announcer(connections)
        self._stopping = stopping
        self._swept_at = clock.now()
        self._next_sweep = 0.0
        self._missed = False
        self.tried = threading.Event()
        """Set once Redis has answered the subscription, or has shown that it does not answer."""

    def run(self) -> None:
        """Listen until the process stops; while Redis is away, sweep."""
        backoff = SHORTEST_BACKOFF
        self._swept_at = clock.now()
        while not self._stopping.is_set():
            try:
                with contextlib.closing(self._connect()) as pubsub:
                    backoff = SHORTEST_BACKOFF
                    self._listen(pubsub)
            except FAILURES as error:
                log.warning("stream_without_redis", error=type(error).__name__)
            except Exception:
                log.exception("stream_subscriber_failed")
            self._missed = True
            self.tried.set()
            self._sweep_when_due(resumed=False)
            self._stopping.wait(backoff * random.uniform(0.5, 1.0))
            backoff = min(2 * backoff, LONGEST_BACKOFF)

    def _connect(self) -> Any:
        client = redis.Redis.from_url(
            self._app.config["REDIS_URL"],
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=None,
        )
        pubsub = client.pubsub()
        pubsub.subscribe(STREAM)
        if pubsub.get_message(timeout=PATIENCE) is None:
            pubsub.close()
            raise TimeoutError("no answer to a subscription")
        return pubsub

    def _listen(self, pubsub: Any) -> None:
        if self._missed:
            self._sweep(resumed=True)
        self.tried.set()
        heard = asked = time.monotonic()
        while not self._stopping.is_set():
            now = time.monotonic()
            if now - heard > 2 * HEARTBEAT:
                raise TimeoutError("no sign of life")
            if now - asked > HEARTBEAT:
                pubsub.ping()
                asked = now
            message = pubsub.get_message(timeout=min(HEARTBEAT, max(self._next_sweep - now, 0.05)))
            if message is not None:
                heard = time.monotonic()
                if message["type"] == "message":
                    self._relay(message["data"])
            self._sweep_when_due(resumed=self._missed)

    def _relay(self, data: bytes) -> None:
        """Announce one publication; what fails here is found by the next sweep."""
        try:
            message = json.loads(data)
            with self._app.app_context():
                if message["kind"] == "recheck":
                    members = self._connections.members(message["users"])
                    close_disallowed([each for member in members for each in self._connections.of(member)])
                else:
                    self._announcer.announce(db.session(), message)
        except Exception:
            log.exception("announcement_failed")

    def _sweep_when_due(self, *, resumed: bool) -> None:
        if time.monotonic() >= self._next_sweep:
            self._sweep(resumed=resumed)

    def _sweep(self, *, resumed: bool) -> None:
        config = self._app.config
        self._next_sweep = time.monotonic() + config["SWEEP_INTERVAL"]
        began = clock.now()
        since = min(self._swept_at, began) - dt.timedelta(seconds=config["STREAM_REPEAT"])
        try:
            with self._app.app_context():
                self._announcer.catch_up(db.session(), since, resumed=resumed)
        except Exception:
            log.exception("stream_sweep_failed")
            return
        self._swept_at = began
        self._missed = self._missed and not resumed
