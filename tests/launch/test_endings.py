"""However a run ends, it leaves no process behind."""

import os
import signal
from collections.abc import Callable
from functools import partial

import pytest

from hackitech.supervisor.probes import web_answers
from tests.launch.runs import FIRST_START, PARTS, Run
from tests.services import wait_until


def test_ctrl_c_stops_everything(run: Run) -> None:
    os.killpg(run.process.pid, signal.SIGINT)  # a terminal signals the whole group
    run.finish()
    assert "stopped" in run.output
    assert run.leaves_nothing()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_make_stops_everything(start: Callable[..., Run], number: signal.Signals) -> None:
    run = start().has_started()
    run.process.send_signal(number)
    run.finish()
    assert run.leaves_nothing()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_the_supervisor_stops_everything(
    start: Callable[..., Run], number: signal.Signals
) -> None:
    run = start().has_started()
    run.supervisor().send_signal(number)
    assert run.leaves_nothing()


def test_ctrl_c_while_it_starts_stops_everything(start: Callable[..., Run]) -> None:
    run = start()
    run.wait_for("starting redis and mail")
    os.killpg(run.process.pid, signal.SIGINT)
    run.finish()
    assert run.leaves_nothing()


def test_the_next_run_starts_at_once_after_a_kill(start: Callable[..., Run]) -> None:
    first = start().has_started()
    first.supervisor().kill()
    second = start(PORT=first.port).is_ready()
    assert web_answers(int(second.port))


def test_output_that_nobody_reads_stops_nothing(start: Callable[..., Run]) -> None:
    run = start("sh", "-c", "make run | head -n 1")
    wait_until(lambda: web_answers(int(run.port)), FIRST_START)
    killed = run.part(*PARTS["email"]).pid
    run.part(*PARTS["email"]).kill()
    wait_until(partial(run.has_another, killed, *PARTS["email"]))
    run.supervisor().terminate()
    run.finish()
    assert run.leaves_nothing()
