"""`make run`: what it gives, and what it takes."""

import re
import subprocess
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

from tests.http import get
from tests.launch.runs import Run
from tests.services import wait_until

MEMORY = 400 * 1024 * 1024


def test_a_run_serves_the_login_page_and_says_who_may_sign_in(run: Run) -> None:
    assert get(f"{run.url}/login").status == 200
    assert run.url in run.output
    assert re.search(r"admin +admin@hackitech\.example +\S+", run.output)
    assert re.search(r"member +demo@hackitech\.example +\S+", run.output)


def test_the_printed_command_reaches_the_mail_catcher(run: Run) -> None:
    command = re.search(r"send +(\.venv/bin/flask .*)", run.output)
    assert command
    subprocess.run(command[1], shell=True, cwd=run.checkout, check=True, capture_output=True)
    folder = run.checkout / "instance" / "mail"
    wait_until(lambda: list(folder.glob("*.eml")), 20)
    [path, *_] = folder.glob("*.eml")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["X-Envelope-To"] == "demo@hackitech.example"
    assert get(f"{run.url}/dev/mail").status == 200


def test_all_processes_together_stay_under_400_megabytes(run: Run) -> None:
    for _ in range(20):
        get(f"{run.url}/login")
    processes = {process: process.memory_info().rss for process in run.processes()}
    report = [f"{rss >> 20} MB {' '.join(process.cmdline())}" for process, rss in processes.items()]
    assert sum(processes.values()) < MEMORY, report


def test_a_second_run_keeps_the_accounts_and_installs_nothing(start: Callable[..., Run]) -> None:
    first = start().is_ready()
    accounts = re.findall(r"\S+@hackitech\.example +\S+", first.output)
    first.close()
    second = start().is_ready()
    assert re.findall(r"\S+@hackitech\.example +\S+", second.output) == accounts
    assert "installing" not in second.output


def test_a_run_writes_in_its_own_folders_alone(start: Callable[..., Run], checkout: Path) -> None:
    before = files_of(checkout)
    start().is_ready().close()
    assert files_of(checkout) == before


def files_of(checkout: Path) -> set[Path]:
    own = (checkout / ".venv", checkout / "instance")
    return {path for path in checkout.rglob("*") if not any(path.is_relative_to(folder) for folder in own)}


def test_it_starts_no_redis_beside_one_that_it_is_given(start: Callable[..., Run], redis_url: str) -> None:
    run = start(REDIS_URL=redis_url).is_ready()
    assert not [process for process in run.processes() if "valkey" in process.name()]
