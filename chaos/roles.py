"""The processes of the site, each started again whenever it ends."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from chaos.ledger import Life
from config import ROOT
from hackitech.core.kill_points import POINTS
from hackitech.supervisor.parts import lean_python, python
from hackitech.supervisor.processes import die_with_parent

ARMED = 0.5
"""The share of processes that start with a kill point armed."""
PASSES = {"web": (5, 8), "clock": (0, 6), "worker": (0, 6)}
"""After how many passes they die, as powers of two; gunicorn starts its workers as they were, armed."""
LONGEST_ABSENCE = 2.0
WEB = python("gunicorn", "-c", "hackitech/gunicorn_conf.py", "wsgi:app")
CLOCK = lean_python("hackitech.clock")


class Role:
    """What one process after the other is started for."""

    def __init__(self, name: str, command: Sequence[str], variables: Mapping[str, str], logs: Path) -> None:
        self.name = name
        self._command = command
        self.variables = dict(variables)
        self._log = logs / f"{name}.log"
        self._log.unlink(missing_ok=True)
        self._kind = name.split("-")[0]
        self._back_at: float | None = None
        self.life = Life(name)

    def start(self, arm: bool = False) -> None:
        """Start a process, which may be armed to die at some point of its way."""
        armed = {"KILL_AT": _some_time(self._kind)} if arm and random.random() < ARMED else {}
        self.life, self._back_at = Life(self.name), None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**os.environ, **self.variables, **armed},
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def current_life(self) -> Life:
        """Return the life of the process that is there, or was the last."""
        return self.life

    def signal(self, number: signal.Signals) -> None:
        """Signal the process and its children, if they are there."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End the process wherever it is, with its children."""
        self.life.killed = self.life.killed or self._process.poll() is None
        self.signal(signal.SIGKILL)

    def look(self, arm: bool) -> str | None:
        """Start the next process when its time has come; return how this one has ended by itself, once."""
        status = self._process.poll()
        if self._back_at is not None:
            if time.monotonic() > self._back_at:
                self.start(arm)
        elif status is not None:
            self._back_at = time.monotonic() + random.uniform(0, LONGEST_ABSENCE)
            if not self.life.killed:
                self.life.killed = status == -signal.SIGKILL
                return "died at a kill point" if self.life.killed else f"ended with status {status}"
        return None

    def end(self) -> None:
        """End it for good."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _some_time(kind: str) -> str:
    """Name a point of this kind of process and a number of passes: rather soon, sometimes late."""
    point = random.choice([point for point in POINTS if point.startswith(f"{kind}.")])
    return f"{point}:{int(2 ** random.uniform(*PASSES[kind]))}"
