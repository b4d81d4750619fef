"""The program's own processes, started as a run starts them and ended together."""

import os
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from config import ROOT
from hackitech.supervisor.processes import die_with_parent

PATIENCE = 30.0
PASSED_ON = ("DATABASE_URL", "REDIS_URL", "SMTP_URL")


class Processes:
    """Processes that share the database, Redis and mail server of `settings`."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._environment = {**os.environ, **{name: settings[name] for name in PASSED_ON}}
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started:
            process.terminate()
        for process in self._started:
            process.wait(PATIENCE)

    def start(self, *module_and_arguments: str) -> None:
        """Start one."""
        command = [sys.executable, "-OO", "-m", *module_and_arguments]
        self._started.append(
            subprocess.Popen(command, cwd=ROOT, env=self._environment, preexec_fn=die_with_parent)
        )
