"""The project started as a newcomer starts it, in a copy of the checkout, and watched from outside."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from config import ROOT
from hackitech.supervisor import parts
from hackitech.supervisor.probes import free_port
from hackitech.supervisor.processes import die_with_parent
from tests.services import wait_until

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "instance", "__pycache__", "node_modules")
# A first start compiles some hundred modules, possibly beside other tests.
FIRST_START = 180.0
# How to tell the processes of the parts, by words of their command lines.
PARTS = {"web": ["gunicorn"], "mail": ["hackitech.devmail"], **parts.WORKERS}
FOREIGN = {"DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "PUBLIC_URL", "PORT", "ENVIRONMENT"}
# Of the folders for compiled modules each checkout has its own, and this make is not part of another.
FOREIGN |= {"PYTHONPYCACHEPREFIX", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}


def copy_checkout(folder: Path) -> Path:
    """Copy the checkout, with the environment of this very test so that nothing is installed anew."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def with_compiled_libraries(checkout: Path) -> Path:
    """Lend a copy of the checkout what these tests have compiled of the libraries, and return it."""
    if sys.pycache_prefix:
        compiled = checkout / "instance" / "pycache" / (checkout / ".venv").relative_to("/")
        compiled.parent.mkdir(parents=True)
        compiled.symlink_to(Path(sys.pycache_prefix, Path(sys.prefix).relative_to("/")))
    return checkout


def _as_from_a_terminal() -> None:
    """End with the test, and hear a hang-up even where the tests themselves were told to ignore it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    die_with_parent()


class Run:
    """`make run`, or another command, in a session of its own as from a terminal of its own."""

    def __init__(self, checkout: Path, *command: str, **changes: str) -> None:
        self.checkout = checkout
        self.port = changes.setdefault("PORT", str(free_port()))
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        inherited = {name: os.environ[name] for name in os.environ.keys() - FOREIGN}
        self.process = subprocess.Popen(
            command or ("make", "run"),
            cwd=checkout,
            env={**inherited, "PYTHON": sys.executable, **changes},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_as_from_a_terminal,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def output(self) -> str:
        """What was printed so far."""
        return "".join(self.lines)

    def wait_for(self, text: str, patience: float = FIRST_START) -> None:
        """Wait until a text was printed, and say what was printed instead where it was not."""
        try:
            wait_until(lambda: text in self.output or self.process.poll() is not None, patience)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in:\n{self.output}") from None
        assert text in self.output, self.output

    def is_ready(self) -> "Run":
        """Wait until everything is up."""
        self.wait_for("Ctrl-C")
        return self

    def has_started(self) -> "Run":
        """Wait until there is a process of every part, ready or not."""
        self.wait_for("starting web and workers")
        wait_until(lambda: all(self.has_another(0, *words) for words in PARTS.values()))
        wait_until(lambda: self.part("gunicorn").children())
        return self

    def finish(self, patience: float = 60.0) -> int:
        """Wait for the end and return the exit status."""
        status = self.process.wait(patience)
        self._reader.join(10)
        return status

    def finish_with_output(self) -> str:
        """Wait for a failure and return all that was printed."""
        assert self.finish(120) != 0
        return self.output

    def the_one_line(self) -> str:
        """Return the line that a run which could not start printed, without make's own."""
        assert self.finish() != 0
        [line] = [line for line in self.lines if not line.startswith("make: ")]
        return line.strip()

    def processes(self) -> list[psutil.Process]:
        """Return every process that works in this checkout, whoever its parent is."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and self.checkout in (
                Path(process.cwd()),
                *Path(process.cwd()).parents,
            )
        except psutil.Error:
            return False

    def part(self, *words: str) -> psutil.Process:
        """Return the one process, or the parent of those, whose command line has all of these words."""
        found = [process for process in self.processes() if set(words) <= set(process.cmdline())]
        parents = {process.pid for process in found}
        return next(process for process in found if process.ppid() not in parents)

    def has_another(self, pid: int, *words: str) -> bool:
        """Return whether a process with these words runs that is not the one of before."""
        try:
            return self.part(*words).pid != pid
        except (StopIteration, psutil.Error):
            return False

    def accounts(self) -> dict[str, str]:
        """Return the printed passwords by email address."""
        return dict(re.findall(r"(\S+@hackitech\.example) +(\S+)$", self.output, re.MULTILINE))

    def supervisor(self) -> psutil.Process:
        """Return the process that runs the others."""
        return self.part("hackitech.supervisor")

    def leaves_nothing(self, patience: float = 15.0) -> bool:
        """Return whether every process of this run ends in time."""
        try:
            wait_until(lambda: not self.processes(), patience)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """End whatever is left."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.finish()
        for process in self.processes():
            process.kill()
