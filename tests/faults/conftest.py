"""Workers as processes, a mail server that can be slow, and the database seen from outside."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from hackitech.core.database import db
from hackitech.models.delivery import Delivery
from hackitech.supervisor.probes import free_port
from tests.mail_server import MailServer
from tests.processes import WorkerProcess
from tests.services import wait_until

StartWorker = Callable[..., WorkerProcess]


class SlowMailServer:
    """Accepts every message, each after a pause; `accepted` counts them by recipient."""

    def __init__(self, pause: float) -> None:
        self.accepted: Counter[str] = Counter()
        self.pause = pause
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        self.url = f"smtp://127.0.0.1:{self._controller.port}"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.pause)
        self.accepted.update(envelope.rcpt_tos)
        return "250 OK"

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()


@pytest.fixture
def slow_mail() -> Iterator[SlowMailServer]:
    server = SlowMailServer(pause=0.01)
    yield server
    server.close()


@pytest.fixture
def start_worker(
    app: Flask, app_settings: dict[str, Any], slow_mail: SlowMailServer
) -> Iterator[StartWorker]:
    """Start workers on the test's database; whatever is left of them is killed after it."""
    yield from _starting({**app_settings, "SMTP_URL": slow_mail.url})


@pytest.fixture
def start(app: Flask, app_settings: dict[str, Any], smtp_server: MailServer) -> Iterator[StartWorker]:
    """Start workers that send to the mail server of all tests."""
    yield from _starting(app_settings)


def _starting(settings: dict[str, Any]) -> Iterator[StartWorker]:
    started: list[WorkerProcess] = []

    def start(*arguments: str, **changes: str) -> WorkerProcess:
        worker = WorkerProcess(settings, *arguments, **changes)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()


def count_statuses() -> Counter[str]:
    """Return how many emails are in which status."""
    db.session.rollback()
    counts = sa.select(Delivery.status, sa.func.count()).where(Delivery.channel == "email")
    return Counter({status: n for status, n in db.session.execute(counts.group_by(Delivery.status))})


def wait_for_sent(count: int, patience: float) -> None:
    """Wait until that many emails are sent."""
    wait_until(lambda: count_statuses()["sent"] == count, patience, 0.1)
