"""What stops a start is said in one clear line, and the exit status says so too."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config import ROOT
from tests.launch.runs import Run, copy_checkout

BOOTSTRAP = ROOT / "scripts" / "bootstrap.py"


def test_a_port_that_is_taken(start: Callable[..., Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        line = start(PORT=str(port)).the_one_line()
    assert line.startswith(f"Port {port} is taken")


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none(start: Callable[..., Run], port: str) -> None:
    assert start(PORT=port).the_one_line() == f"PORT='{port}' cannot be read; write a number from 1 to 65535."


def test_an_instance_folder_that_cannot_be_written(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "notifi")
    (checkout / "instance").write_text("a file in the way: not even root can make a folder here")
    run = Run(checkout, PYTHONDONTWRITEBYTECODE="1")
    assert run.the_one_line().startswith(f"Cannot write in {checkout / 'instance'}")


def test_an_environment_that_cannot_be_written(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "notifi")
    (checkout / ".venv").unlink()
    (checkout / ".venv").write_text("")
    assert f"Cannot write in {checkout / '.venv'}" in Run(checkout).finish_with_output()


def test_no_network(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "notifi")
    (checkout / ".venv").unlink()
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}
    run = Run(checkout, PIP_EXTRA_INDEX_URL="", PIP_FIND_LINKS="", **nowhere)
    assert "The packages cannot be downloaded: no network?" in run.finish_with_output()


def test_a_python_that_is_too_old() -> None:
    pretend = f"import sys; sys.version_info = (3, 9, 2); exec(open({str(BOOTSTRAP)!r}).read())"
    answer = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert answer.returncode != 0
    assert answer.stderr.startswith("Python 3.11 or newer is needed")
    assert len(answer.stderr.splitlines()) == 1
