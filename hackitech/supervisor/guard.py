"""A guard that outlives a supervisor that was killed, and ends what it had started.

The kernel signals a process when its parent dies, but not that process's own children. So a shell, a tenth of
the size of a Python, is told which process groups exist; when the pipe to it closes, it kills what is left of
them. It shares the instance lock, so that the next run starts only when that is done.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterable

# Parts get the kernel's signal at once, and these two seconds to end by themselves.
SCRIPT = """
trap '' INT TERM HUP
while read -r line; do groups=$line; done
for second in 1 2; do
    left=
    for group in $groups; do kill -s 0 -- "-$group" && left="$left $group"; done
    [ "$left" ] || exit 0
    sleep 1
done
for group in $left; do kill -s KILL -- "-$group"; done
"""


class Guard:
    """The supervisor's end: says which process groups exist."""

    def __init__(self, lock: int) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[lock],
        )

    def watch(self, groups: Iterable[int]) -> None:
        """Have these process groups ended should we die, and no others."""
        assert self._shell.stdin is not None
        # Without a reader somebody killed the guard: parts still get the kernel's signal.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._shell.stdin.fileno(), (" ".join(map(str, groups)) + "\n").encode())

    def close(self) -> None:
        """Let the guard go, and wait until it has."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait()
