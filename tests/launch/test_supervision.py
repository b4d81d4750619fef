"""A part that dies comes back; a run that ends, however that happens, leaves nothing."""

import os
import signal
from collections.abc import Callable
from functools import partial

import pytest

from hackitech.supervisor.probes import web_answers
from tests.launch.runs import Run
from tests.services import wait_until

PARTS = {
    "web": ("gunicorn",),
    "events": ("hackitech.clock", "events"),
    "email": ("hackitech.worker", "email"),
    "push": ("hackitech.worker", "push"),
    "mail": ("hackitech.devmail",),
}


def test_a_part_that_is_killed_is_started_again_with_a_line_that_says_so(run: Run) -> None:
    for name, words in PARTS.items():
        killed = run.part(*words)
        killed.kill()
        run.wait_for(f"{name} was killed by SIGKILL; starting it again", 10)
        wait_until(partial(is_back, run, words, killed.pid))
    wait_until(lambda: web_answers(int(run.port)))


def is_back(run: Run, words: tuple[str, ...], killed: int) -> bool:
    try:
        return run.part(*words).pid != killed
    except StopIteration:
        return False


def test_redis_comes_back_on_the_same_address(run: Run) -> None:
    next(process for process in run.processes() if "valkey" in process.name()).kill()
    run.wait_for("redis was killed by SIGKILL; starting it again", 10)
    wait_until(lambda: any("valkey" in process.name() for process in run.processes()))
    assert run.process.poll() is None


def test_a_web_process_that_dies_is_replaced_by_its_master(run: Run) -> None:
    [worker] = run.part("gunicorn").children()
    worker.kill()
    run.wait_for(f"web process {worker.pid} ended; starting another", 10)
    wait_until(lambda: web_answers(int(run.port)))


def test_ctrl_c_stops_everything(run: Run) -> None:
    os.killpg(run.process.pid, signal.SIGINT)  # a terminal signals the whole group
    run.finish()
    assert "stopped" in run.output
    assert run.leaves_nothing()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_make_stops_everything(run: Run, number: signal.Signals) -> None:
    run.process.send_signal(number)
    run.finish()
    assert run.leaves_nothing()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_the_supervisor_stops_everything(run: Run, number: signal.Signals) -> None:
    run.supervisor().send_signal(number)
    assert run.leaves_nothing()


def test_ctrl_c_while_it_starts_stops_everything(start: Callable[..., Run]) -> None:
    run = start()
    run.wait_for("starting redis and mail")
    os.killpg(run.process.pid, signal.SIGINT)
    run.finish()
    assert run.leaves_nothing()


def test_the_next_run_starts_at_once_after_a_kill(start: Callable[..., Run]) -> None:
    first = start().is_ready()
    first.supervisor().kill()
    second = start(PORT=first.port).is_ready()
    assert web_answers(int(second.port))


def test_output_that_nobody_reads_stops_nothing(start: Callable[..., Run]) -> None:
    run = start("sh", "-c", "make run | head -n 1")
    run.finish(400)
    wait_until(lambda: web_answers(int(run.port)), 60)
    run.supervisor().terminate()
    assert run.leaves_nothing()
