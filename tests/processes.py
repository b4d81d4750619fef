"""The program's own processes, started as production starts them and killed as a crash would."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from config import ROOT
from hackitech.supervisor.processes import die_with_parent

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


class WorkerProcess:
    """`python -m hackitech.worker …` or `… hackitech.clock …`, in a process group of its own."""

    def __init__(self, settings: Mapping[str, Any], module: str, *arguments: str, **changes: str) -> None:
        environment = {**os.environ, **QUICK, **{name: str(settings[name]) for name in PASSED_ON}, **changes}
        self._popen = subprocess.Popen(
            [sys.executable, "-m", f"hackitech.{module}", *arguments],
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    def freeze(self) -> None:
        """Stop it where it is, for good, while its connections and locks stay."""
        os.killpg(self._popen.pid, signal.SIGSTOP)

    def has_ended(self) -> bool:
        """Return whether it has ended by itself."""
        return self._popen.poll() is not None

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the whole group, wait until it is gone, and return the exit code."""
        if self._popen.poll() is None:
            os.killpg(self._popen.pid, number)
        return self._popen.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a crash would: at once, wherever it is."""
        self.end(signal.SIGKILL)
