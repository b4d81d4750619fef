"""Bind the stream to the application, and to the life of the web process that serves it."""

import signal
from typing import Any

from flask import Flask

from hackitech.realtime.hub import Hub
from hackitech.realtime.socket import blueprint
from hackitech.realtime.transport import ALLOWED

SHARE = 0.75
"""Of the requests that a process can serve at once: streams never take the rest from plain requests."""


def init_realtime(app: Flask) -> None:
    """Give the application its hub and its stream."""
    app.extensions["stream"] = Hub(app)
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": ALLOWED}
    app.register_blueprint(blueprint)


def install(worker: Any) -> None:
    """Close the streams of a gunicorn worker with 1012 when it is told to stop, and bound their number."""
    hub: Hub = worker.wsgi.extensions["stream"]
    hub.most = int(SHARE * _requests_at_once(worker.cfg))
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        signal.signal(number, _stopping(hub, signal.getsignal(number)))


def _requests_at_once(cfg: Any) -> int:
    """Return how many requests a worker serves at once; a sync worker has none to spare for a stream."""
    by_class = {"gthread": cfg.threads, "sync": 0}
    return int(by_class.get(cfg.worker_class_str, cfg.worker_connections))


def _stopping(hub: Hub, follow: Any) -> Any:
    def handle(number: int, frame: Any) -> None:
        hub.stop()
        follow(number, frame)

    return handle
