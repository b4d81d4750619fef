"""`make chaos`, for a moment: the whole site under random kills, and what it says at the end."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from config import ROOT
from tests.services import wait_until

pytestmark = pytest.mark.timeout(300)
PATIENCE = 240.0
"""Seconds; it starts some dozens of processes, on a machine that runs other tests meanwhile."""


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "chaos", "--quick", f"--logs={folder / 'logs'}", *options]
    with (folder / "output").open("w") as output:
        return subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=output, text=True, start_new_session=True
        )


def figure(output: str, name: str) -> int:
    found = re.search(rf"^{name} +(\d+)", output, re.MULTILINE)
    assert found, output
    return int(found[1])


@pytest.mark.postgres_only
def test_a_short_run_loses_nothing_and_doubles_nothing_but_what_a_crash_excuses(tmp_path: Path) -> None:
    run = start(tmp_path, "--seconds=8", "--pause=0.8")

    status = run.wait(PATIENCE)

    output = (tmp_path / "output").read_text()
    assert status == 0, output
    assert (figure(output, "lost"), figure(output, "doubled"), figure(output, "waiting")) == (0, 0, 0)
    assert figure(output, "accepted") >= figure(output, "acknowledged") > 0


@pytest.mark.sqlite_only
def test_ctrl_c_ends_everything_and_sums_up_what_there_was(tmp_path: Path) -> None:
    run = start(tmp_path, "--minutes=5", "--database=sqlite")
    output = tmp_path / "output"
    wait_until(lambda: "kill" in output.read_text() or run.poll() is not None, PATIENCE)

    assert run.poll() is None, output.read_text()
    processes = psutil.Process(run.pid).children(recursive=True)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does

    assert run.wait(PATIENCE) == 130, output.read_text()
    assert figure(output.read_text(), "lost") == 0
    _, left = psutil.wait_procs(processes, timeout=5)
    assert [process for process in left if process.status() != psutil.STATUS_ZOMBIE] == []
