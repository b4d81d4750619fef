"""`make run`: what it gives, what it takes, and that its parts come back."""

import json
import re
import subprocess
from email import message_from_bytes, policy
from functools import partial

from hackitech.supervisor.probes import web_answers
from tests.http import get, post
from tests.launch.runs import PARTS, Run
from tests.services import wait_until

MEMORY = 400_000_000


def test_it_serves_the_login_page_and_says_who_may_sign_in(shared_run: Run) -> None:
    assert get(f"{shared_run.url}/login").status == 200
    assert shared_run.url in shared_run.output
    assert set(shared_run.accounts()) == {"admin@hackitech.example", "demo@hackitech.example"}


def test_the_printed_command_reaches_the_printed_member_by_every_way(shared_run: Run) -> None:
    command = re.search(r"send +(\.venv/bin/flask .*)", shared_run.output)
    assert command
    subprocess.run(command[1], shell=True, cwd=shared_run.checkout, check=True, capture_output=True)
    assert "Hello" in inbox(shared_run, "demo@hackitech.example")
    folder = shared_run.checkout / "instance" / "mail"
    wait_until(lambda: list(folder.glob("*.eml")), 20)
    [path, *_] = folder.glob("*.eml")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["X-Envelope-To"] == "demo@hackitech.example"
    assert get(f"{shared_run.url}/dev/mail").status == 200


def inbox(run: Run, email: str) -> str:
    """Return the API's answer to a member who signs in with the printed password."""
    answer = post(f"{run.url}/api/auth/token/", {"email": email, "password": run.accounts()[email]})
    token = json.loads(answer.text)["token"]
    return get(f"{run.url}/api/notifications/notifications/", Authorization=f"Bearer {token}").text


def test_what_it_keeps_is_for_nobody_else(shared_run: Run) -> None:
    assert (shared_run.checkout / "instance").stat().st_mode & 0o077 == 0


def test_all_processes_together_stay_under_400_megabytes(shared_run: Run) -> None:
    for _ in range(20):
        get(f"{shared_run.url}/login")
    processes = {process: process.memory_info().rss for process in shared_run.processes()}
    report = [f"{rss >> 20} MB {' '.join(process.cmdline())}" for process, rss in processes.items()]
    assert sum(processes.values()) < MEMORY, "\n".join(report)


def test_a_second_run_beside_it_is_refused(shared_run: Run) -> None:
    assert Run(shared_run.checkout).the_one_line().startswith(f"Already running at {shared_run.url}")


def test_a_part_that_is_killed_is_started_again_with_a_line_that_says_so(shared_run: Run) -> None:
    for name, words in PARTS.items():
        killed = shared_run.part(*words).pid
        shared_run.part(*words).kill()
        shared_run.wait_for(f"{name} was killed by SIGKILL; starting it again", 10)
        wait_until(partial(shared_run.has_another, killed, *words))
    wait_until(lambda: web_answers(int(shared_run.port)))


def test_redis_comes_back_on_the_same_address(shared_run: Run) -> None:
    next(process for process in shared_run.processes() if "valkey" in process.name()).kill()
    shared_run.wait_for("redis was killed by SIGKILL; starting it again", 10)
    wait_until(lambda: get(f"{shared_run.url}/readyz").status == 200)


def test_a_web_process_that_dies_is_replaced_by_its_master(shared_run: Run) -> None:
    [worker] = shared_run.part("gunicorn").children()
    worker.kill()
    shared_run.wait_for(f"web process {worker.pid} ended; starting another", 10)
    wait_until(lambda: web_answers(int(shared_run.port)))
