"""Eight workers and two clocks on the same thousands of emails: each recipient gets one."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from config import ROOT
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from hackitech.supervisor.probes import free_port, mail_answers
from hackitech.supervisor.processes import die_with_parent
from tests.faults.conftest import wait_for_sent
from tests.processes import WorkerProcess
from tests.services import wait_until

EMAILS = {"postgresql": 5_000, "sqlite": 1_000}
"""On SQLite fewer: one of them writes at a time."""
WORKERS = 8
PATIENCE = 100.0
ENVELOPE_TO = b"X-Envelope-To: "
SETTINGS = {
    # Long, as in production: on a busy machine a worker may be slow, and is not dead for that.
    "JOB_TIMEOUT": "180s",
    "LEASE": "300s",
    # Short, so that what waits in a queue is relayed again and several workers are told of the same.
    "QUEUE_LEASE": "2s",
    # Small, so that both clocks write the audience in turns.
    "CHUNK_SIZE": "400",
}


class MailProcess:
    """The development mail server as a process; each mail that it accepted is a file of its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        port = free_port()
        self.url = f"smtp://127.0.0.1:{port}"
        command = [sys.executable, "-m", "hackitech.devmail", f"--port={port}", f"--folder={folder}"]
        self._process = subprocess.Popen(
            [*command, f"--keep={2 * max(EMAILS.values())}"], cwd=ROOT, preexec_fn=die_with_parent
        )
        wait_until(lambda: mail_answers(port))

    def accepted(self) -> Counter[str]:
        """Return how often a mail to each recipient was accepted."""
        return Counter(_recipient(file) for file in self._folder.glob("*.eml"))

    def close(self) -> None:
        """Stop listening."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()


def _recipient(file: Path) -> str:
    lines = file.read_bytes().split(b"\r\n", 2)
    return next(line for line in lines if line.startswith(ENVELOPE_TO)).removeprefix(ENVELOPE_TO).decode()


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailProcess]:
    server = MailProcess(tmp_path)
    yield server
    server.close()


@pytest.fixture
def engine(app: Flask, app_settings: dict[str, Any], mail: MailProcess) -> Iterator[None]:
    """Two clocks and eight workers."""
    settings = {**app_settings, "SMTP_URL": mail.url}
    commands = [("clock",)] * 2 + [("worker", "email")] * WORKERS
    processes = [WorkerProcess(settings, *command, **SETTINGS) for command in commands]
    yield
    for process in processes:
        process.kill()


def test_each_of_thousands_of_emails_is_accepted_exactly_once(
    db_session: Any, engine: None, mail: MailProcess
) -> None:
    emails = EMAILS[db.engine.dialect.name]
    rows = [{"email": f"m{n}@example.org", "name": f"M{n}", "created_at": now()} for n in range(emails)]
    with atomic() as session:
        session.execute(sa.insert(User), rows)
        notify("announcement", all=True, title="A", message="B", channels=["email"])
    wait_for_sent(emails, PATIENCE)
    assert mail.accepted() == Counter(row["email"] for row in rows)
    assert db.session.execute(sa.select(Event.status, Event.done)).all() == [("done", emails)]
    assert set(db.session.scalars(sa.select(Delivery.attempts).where(Delivery.channel == "email"))) == {1}
