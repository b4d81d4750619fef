"""The streams of one process: who may join, who tells them, and how they end."""

import threading
from collections.abc import Callable

import structlog
from flask import Flask, current_app

from hackitech.core.errors import Unavailable
from hackitech.realtime.connections import RESTARTING, Connection, Connections
from hackitech.realtime.standing import close_disallowed
from hackitech.realtime.subscriber import PATIENCE, Subscriber

log = structlog.get_logger()
RETRY_AFTER = 5.0


class Hub:
    """Starts its threads with the first stream: a process without streams has none."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._started = False
        self.connections = Connections()
        self.subscriber = Subscriber(app, self.connections, self._stopping)
        self.most: int | None = None
        """How many streams there may be at once, so that plain requests always find room."""

    def check_room(self) -> None:
        """Refuse a stream that there is no room for.

        Raises:
            Unavailable: the process is full, or about to stop.
        """
        if self._stopping.is_set():
            raise Unavailable("The server is restarting.", retry_after=1)
        if self.most is not None and len(self.connections) >= self.most:
            raise Unavailable("Too many streams are open.", retry_after=RETRY_AFTER)

    def join(self, connection: Connection) -> None:
        """Take a stream in; what is published once this has returned reaches it."""
        self._start()
        self.connections.add(connection)
        self.subscriber.tried.wait(2 * PATIENCE)
        if self._stopping.is_set():
            connection.close(RESTARTING)

    def leave(self, connection: Connection) -> None:
        """Forget a stream that ended."""
        self.connections.remove(connection)

    def stop(self) -> None:
        """Ask every stream to end, as the process is about to; safe to call from a signal handler."""
        self._stopping.set()

    def _start(self) -> None:
        with self._starting:
            if self._started:
                return
            self._started = True
            runs: tuple[Callable[[], None], ...] = (self.subscriber.run, self._watch)
            for run in runs:
                threading.Thread(target=run, name="stream", daemon=True).start()

    def _watch(self) -> None:
        """Check often enough that nobody listens longer than the setting after they should not."""
        while not self._stopping.wait(0.8 * self._app.config["PRINCIPAL_RECHECK"]):
            try:
                with self._app.app_context():
                    close_disallowed(self.connections.all())
            except Exception:
                log.exception("stream_recheck_failed")
        for connection in self.connections.all():
            connection.close(RESTARTING)


def current_hub() -> Hub:
    """Return this application's hub."""
    hub: Hub = current_app.extensions["stream"]
    return hub
