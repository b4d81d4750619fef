"""Processes that are started again when they end, as the supervisor and systemd do."""

import threading
from collections.abc import Mapping
from typing import Any

from tests.processes import WorkerProcess

PAUSE = 0.1


class KeptWorker:
    """A worker or clock that comes back whatever ends it."""

    def __init__(self, settings: Mapping[str, Any], *arguments: str, **changes: str) -> None:
        self._start = lambda: WorkerProcess(settings, *arguments, **changes)
        self._stop = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        while not self._stop.wait(PAUSE):
            if self._process.has_ended():
                self._process = self._start()

    def close(self) -> None:
        """End it for good."""
        self._stop.set()
        self._keeper.join()
        self._process.kill()
