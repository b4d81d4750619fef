"""The program's own processes, killed as a crash would.

They are forked from one that has imported the program and done nothing else: importing takes seconds of a
processor, which a hundred processes need not spend again. As in production they are started by `tests/launch`
and by the chaos run.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from hackitech import clock, worker
from hackitech.supervisor.processes import die_with_parent
from tests.services import wait_until

PATIENCE = 15.0
# Seconds instead of minutes: what a killed worker held is free again soon.
QUICK = {
    "JOB_TIMEOUT": "4s",
    "LEASE": "5s",
    "QUEUE_LEASE": "1s",
    "SWEEP_INTERVAL": "500ms",
    "EMAIL_RETRY_DELAYS": "1s",
    "PUSH_RETRY_DELAYS": "1s",
}
PASSED_ON = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "ENVIRONMENT")
_TEMPLATE = multiprocessing.get_context("forkserver")
_TEMPLATE.set_forkserver_preload([__name__])
_turn = threading.Lock()
"""Two threads must not ask at once how a process ended: it is told once."""


class WorkerProcess:
    """What `python -m hackitech.worker …` or `… hackitech.clock …` runs, in a session of its own."""

    def __init__(self, settings: Mapping[str, Any], module: str, *arguments: str, **changes: str) -> None:
        environment = {**os.environ, **QUICK, **{name: str(settings[name]) for name in PASSED_ON}, **changes}
        self._process = _TEMPLATE.Process(target=_run, args=(module, arguments, environment))
        with _turn:
            self._process.start()

    def freeze(self) -> None:
        """Stop it where it is, for good, while its connections and locks stay."""
        self._send(signal.SIGSTOP)

    def has_ended(self) -> bool:
        """Return whether it has ended by itself."""
        with _turn:
            return self._process.exitcode is not None

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait until the process is gone, and return the exit code."""
        if not self.has_ended():
            self._send(number)
        wait_until(self.has_ended, PATIENCE)
        return self._process.exitcode or 0

    def kill(self) -> None:
        """End it as a crash would: at once, wherever it is."""
        self.end(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        os.kill(self._process.pid or 0, number)


def _run(module: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
    os.setsid()
    die_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    {"clock": clock, "worker": worker}[module].main()
