"""One part of a run as a process of its own, with its own process group."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

PR_SET_PDEATHSIG = 1
READ_AT_ONCE = 65536
# Loaded before any fork: between fork and exec as little as possible may happen.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def always() -> bool:
    """Tell of a part that has nobody to ask that it is ready."""
    return True


class Part(NamedTuple):
    """What to run, and how to know that it is ready."""

    name: str
    command: list[str]
    ready: Callable[[], bool] = always
    environment: Mapping[str, str] = {}
    explanation: str = "it says why above"
    once: bool = False  # it ends by itself, and that is no reason to start it again


class Process:
    """A part that has been started."""

    def __init__(self, part: Part, folder: Path, hear: Callable[[str], None]) -> None:
        self.part = part
        self.hear = hear
        self.started = time.monotonic()
        self._unfinished = b""
        self._popen = subprocess.Popen(
            part.command,
            cwd=folder,
            env={**os.environ, **part.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        assert self._popen.stdout is not None
        self.output = self._popen.stdout.fileno()
        os.set_blocking(self.output, False)
        self.group = self._popen.pid

    def read_lines(self) -> list[str] | None:
        """Return the lines that were written since the last time, None at the end of the output."""
        try:
            data = os.read(self.output, READ_AT_ONCE)
        except BlockingIOError:
            return []
        if not data:
            return None
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        if len(self._unfinished) > READ_AT_ONCE:  # a line without an end must not fill our memory
            lines, self._unfinished = [*lines, self._unfinished], b""
        return [line.decode(errors="replace") for line in lines]

    def last_words(self) -> list[str]:
        """Return what is left of the output of a process that has ended."""
        lines: list[str] = []
        while more := self.read_lines():
            lines += more
        rest, self._unfinished = self._unfinished.decode(errors="replace"), b""
        return [*lines, rest] if rest else lines

    def has_ended(self) -> bool:
        """Return whether the process has ended; what it left in its group is then killed."""
        if self._popen.returncode is None:
            # Killed while the dead leader still holds the number of the group: nobody else can have it.
            if os.waitid(os.P_PID, self.group, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
                return False
            signal_group(self.group, signal.SIGKILL)
            self._popen.wait()
        return True

    def how_it_ended(self) -> str:
        """Return "ended with status 3" or "was killed by SIGKILL"."""
        status = self._popen.returncode
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"ended with status {status}"

    def succeeded(self) -> bool:
        """Return whether the process ended well."""
        return self._popen.returncode == 0

    def signal(self, number: signal.Signals) -> None:
        """Signal the process and all of its children."""
        if self._popen.returncode is None:
            signal_group(self.group, number)

    def close(self) -> None:
        """Let the output go."""
        assert self._popen.stdout is not None
        self._popen.stdout.close()


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies, however that happens."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def signal_group(group: int, number: int) -> bool:
    """Signal a process group and return whether there was one."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of groups that only have zombies
        return False
    return True
