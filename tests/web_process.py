"""The web server as its own process, for what only a real one shows: sockets, browsers, restarts."""

import os
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

from config import ROOT
from hackitech.supervisor import parts
from hackitech.supervisor.probes import free_port
from hackitech.supervisor.processes import die_with_parent
from tests.services import wait_until

PATIENCE = 15.0
PASSED_ON = (
    "DATABASE_URL",
    "REDIS_URL",
    "SMTP_URL",
    "SECRET_KEY",
    "ENVIRONMENT",
    "RATE_LIMIT_READS",
    "RATE_LIMIT_WRITES",
)


class WebProcess:
    """gunicorn with pages, API and stream, on the database and Redis of the application under test."""

    def __init__(self, settings: Mapping[str, Any], **changes: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        passed_on = {name: str(settings[name]) for name in PASSED_ON}
        addresses = {"PORT": str(self.port), "PUBLIC_URL": self.url}
        self._part = parts.web(self.port, {**passed_on, **addresses, **changes})
        self.start()

    def start(self) -> None:
        """Start it on the same address."""
        self._popen = subprocess.Popen(
            self._part.command,
            cwd=ROOT,
            env={**os.environ, **self._part.environment},
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        wait_until(self._part.ready)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the whole group, wait until it is gone, and return the exit code."""
        if self._popen.poll() is None:
            os.killpg(self._popen.pid, number)
        return self._popen.wait(PATIENCE)
