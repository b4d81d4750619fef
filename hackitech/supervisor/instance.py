"""The folder that a run keeps its things in: one supervisor at a time, its key, and what is running now."""

import contextlib
import fcntl
import json
import os
import stat
import time
from pathlib import Path
from typing import Any

from hackitech.supervisor.checks import Refused

# After a kill -9 the guard still holds the lock while it ends what was left running.
CLEANUP_PATIENCE = 6.0


class Instance:
    """The instance folder of a checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runtime_file = folder / "runtime.json"

    def open(self) -> None:
        """Make the folder, take its lock and forget what an earlier run left.

        Raises:
            Refused: the folder cannot be written, or another supervisor runs in it.
        """
        try:
            self.folder.mkdir(exist_ok=True)
            with contextlib.suppress(PermissionError):  # somebody else's folder, which we may write in
                self.folder.chmod(self.folder.stat().st_mode & stat.S_IRWXU)
            self.lock = os.open(self.folder / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Refused(f"Cannot write in {self.folder}: {error.strerror}.") from None
        if not os.access(self.folder, os.W_OK):  # a lock file of an earlier run can be opened all the same
            raise Refused(f"Cannot write in {self.folder}: the folder is read-only.")
        self._take_lock()
        self.runtime_file.unlink(missing_ok=True)

    def _take_lock(self) -> None:
        deadline = time.monotonic() + CLEANUP_PATIENCE
        while True:
            try:
                return fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if why := self._running():
                    raise Refused(why) from None
                if time.monotonic() > deadline:
                    raise Refused(f"Another run is starting or stopping in {self.folder}.") from None
                time.sleep(0.1)

    def _running(self) -> str:
        try:
            runtime = json.loads(self.runtime_file.read_text())
            os.kill(runtime["pid"], 0)
        except (OSError, ValueError, KeyError):
            return ""
        return f"Already running at {runtime['public_url']} (process {runtime['pid']})."

    def secret_key(self) -> None:
        """Make the key that signs links, once."""
        path = self.folder / "secret_key"
        if not path.exists():
            write_private(path, os.urandom(32).hex() + "\n")

    def publish(self, runtime: dict[str, Any]) -> None:
        """Tell commands where the running instance is."""
        write_private(self.runtime_file, json.dumps(runtime, indent=2) + "\n")

    def close(self) -> None:
        """Say that nothing runs any more."""
        self.runtime_file.unlink(missing_ok=True)
        os.close(self.lock)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
