"""The web server: pages, API and stream in one gevent process, on loopback."""

import importlib
from typing import Any

# By name: gunicorn reads every module attribute that is called like one of its settings, and "config" is one.
from config import load
from hackitech.core.memory import give_back_memory

_settings = load()

bind = f"127.0.0.1:{_settings['PORT']}"
worker_class = "gevent"
workers = _settings["WEB_WORKERS"]
worker_connections = 2000
timeout = 60
graceful_timeout = 5
keepalive = 5
control_socket_disable = True
preload_app = False  # each worker has database connections and a Redis subscriber of its own
worker_tmp_dir = _settings["INSTANCE"]
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 8190  # cursors and filters travel in the address
limit_request_fields = 60
limit_request_field_size = 8190


def post_worker_init(worker: Any) -> None:
    """Let the stream say goodbye to its sockets when this worker is told to stop."""
    # Imported here, in the worker and after gevent has patched it: the master never loads the application.
    importlib.import_module("hackitech.realtime.register").install(worker)
    give_back_memory()


def child_exit(server: Any, worker: Any) -> None:
    """Say that a web process ended and that another takes its place."""
    if server.LISTENERS:  # closed first when the whole server stops
        server.log.warning("web process %s ended; starting another", worker.pid)
