"""Places where tests let a process die as in a crash; elsewhere each is a call that does nothing."""

import os
import signal
from itertools import count
from typing import Any

import config

POINTS = (
    "web.before_commit",
    "web.committed",
    "web.before_response",
    "clock.chunk_written",
    "clock.summary_written",
    "clock.task_advanced",
    "clock.claiming",
    "clock.claimed",
    "clock.enqueued",
    "worker.dequeued",
    "worker.claimed",
    "worker.before_send",
    "worker.accepted",
    "worker.before_commit",
)


class _Fuse:
    """What ends this process the n-th time that it comes to one of the points."""

    def __init__(self, point: str, passes: int) -> None:
        self._point = point
        self._passes = passes
        self._passed = count(1)

    def pass_by(self, point: str) -> None:
        """Die here if this is the place and the time; nothing is written, closed or handed back."""
        if point == self._point and next(self._passed) == self._passes:
            os.kill(os.getpid(), signal.SIGKILL)


_fuse: _Fuse | None = None


def kill_point(point: str) -> None:
    """Mark a place where a crash must lose nothing."""
    if _fuse is not None:
        _fuse.pass_by(point)


def init_kill_points(app: Any) -> None:
    """Arm the point that KILL_AT names, in this process.

    Raises:
        ConfigError: it names none, or this is not development or a test.
    """
    global _fuse
    wanted = app.config["KILL_AT"]
    if wanted and app.config["ENVIRONMENT"] == "production":
        raise config.ConfigError("KILL_AT ends processes: it is for tests, never for production.")
    if wanted and wanted[0] not in POINTS:
        raise config.ConfigError(f"KILL_AT names none of the points: {', '.join(POINTS)}.")
    _fuse = _Fuse(*wanted) if wanted else None
