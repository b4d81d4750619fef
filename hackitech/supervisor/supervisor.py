"""Starts processes, passes on what they say, starts those again that die, and ends them all."""

import os
import selectors
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

from hackitech.supervisor.checks import Refused
from hackitech.supervisor.console import say
from hackitech.supervisor.guard import Guard
from hackitech.supervisor.processes import Part, Process

TICK = 0.2  # seconds between two looks whether a part answers; output, deaths and signals are seen at once
GRACE = 8.0  # seconds from SIGTERM to SIGKILL
HEALTHY_AFTER = 10.0  # a process that lived so long starts its next waits from zero
LONGEST_WAIT = 30.0
STARTING_TRIES = 3


def _wake_up(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: that there is a handler makes the kernel's signal end our wait."""


class Stopped(Exception):
    """Somebody asked the run to stop."""


class Supervisor:
    """The processes of a run."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self.guard = Guard(lock)
        self.running: dict[str, Process] = {}
        self.due: dict[str, tuple[float, Part]] = {}
        self.deaths: dict[str, int] = {}
        self.stop_requests = 0
        self._selector = selectors.DefaultSelector()

    def obey_signals(self) -> None:
        """Stop on Ctrl-C, SIGTERM and, unless nohup asked otherwise, on a closed terminal."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._selector.register(reading, selectors.EVENT_READ, None)
        signal.signal(signal.SIGCHLD, _wake_up)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._request_stop)

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requests += 1

    def start(self, part: Part, hear: Callable[[str], None] | None = None) -> Process:
        """Start a part, watch it from now on, and have its lines heard, by default on our own output."""
        process = Process(part, self.folder, hear or partial(say, name=part.name))
        self.running[part.name] = process
        self._tell_guard()
        self._selector.register(process.output, selectors.EVENT_READ, process)
        return process

    def run(self, part: Part, hear: Callable[[str], None]) -> None:
        """Run a part to its end.

        Raises:
            Refused: it failed.
            Stopped: somebody asked for it meanwhile.
        """
        process = self.start(part, hear)
        while part.name in self.running:
            self.turn()
        if not process.succeeded():
            raise Refused(f"{part.name} {process.how_it_ended()}; {part.explanation}.")

    def wait_until_ready(self, parts: list[Part], patience: float) -> None:
        """Wait until the given parts answer.

        Raises:
            Refused: one of them dies again and again, or does not answer for `patience` seconds.
            Stopped: somebody asked for it meanwhile.
        """
        deadline = time.monotonic() + patience
        waiting = {part.name: part for part in parts}
        while waiting:
            self.turn()
            for name, part in list(waiting.items()):
                if self.deaths.get(name, 0) >= STARTING_TRIES:
                    raise Refused(f"{name} does not start; {part.explanation}.")
                if name in self.running and part.ready():
                    del waiting[name]
            if waiting and time.monotonic() > deadline:
                raise Refused(f"{', '.join(waiting)} did not answer for {patience:.0f} s.")

    def watch(self) -> None:
        """Look after the parts until somebody asks to stop."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Pass on what was said, and start again what died.

        Raises:
            Stopped: somebody asked for it.
        """
        self._pass_on()
        if self.stop_requests:
            raise Stopped
        for process in list(self.running.values()):
            if process.has_ended():
                self._bury(process)
                if not process.part.once:
                    self._plan_restart(process)
        for name, (when, part) in list(self.due.items()):
            if time.monotonic() >= when:
                del self.due[name]
                self.start(part)

    def _pass_on(self) -> None:
        for key, _ in self._selector.select(TICK):
            if key.data is None:
                os.read(key.fd, 512)
                continue
            lines = key.data.read_lines()
            if lines is None:
                self._selector.unregister(key.fd)
            for line in lines or []:
                key.data.hear(line)

    def _bury(self, process: Process) -> None:
        for line in process.last_words():
            process.hear(line)
        if process.output in self._selector.get_map():
            self._selector.unregister(process.output)
        process.close()
        del self.running[process.part.name]
        self._tell_guard()

    def _tell_guard(self) -> None:
        self.guard.watch([process.group for process in self.running.values()])

    def _plan_restart(self, process: Process) -> None:
        name = process.part.name
        if time.monotonic() - process.started > HEALTHY_AFTER:
            self.deaths[name] = 0
        deaths = self.deaths[name] = self.deaths.get(name, 0) + 1
        wait = 0.0 if deaths == 1 else min(2.0 ** (deaths - 2), LONGEST_WAIT)
        say(f"{name} {process.how_it_ended()}; starting it again" + (f" in {wait:.0f} s" if wait else ""))
        self.due[name] = (time.monotonic() + wait, process.part)

    def stop(self, last: tuple[str, ...]) -> None:
        """End every process: first the others, then those in `last`, which the others still need."""
        self.due.clear()
        self._end([process for name, process in self.running.items() if name not in last])
        self._end(list(self.running.values()))
        self.guard.close()

    def _end(self, processes: list[Process]) -> None:
        requests, deadline = self.stop_requests, time.monotonic() + GRACE
        for process in processes:
            process.signal(signal.SIGTERM)
        # Each look ends what a process that has ended left in its group.
        while not all([process.has_ended() for process in processes]):
            # Ctrl-C may reach us from the terminal and again from make; a third one means hurry.
            if time.monotonic() > deadline or self.stop_requests > requests + 1:
                for process in processes:
                    process.signal(signal.SIGKILL)
            self._pass_on()
        for process in processes:
            self._bury(process)
