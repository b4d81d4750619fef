"""Postgres restarts at once, as after a crash, under those who create and those who deliver."""

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.models.delivery import Delivery
from hackitech.models.notification import Notification
from tests.factories import bearer, make_user
from tests.faults.conftest import wait_for_sent
from tests.faults.kept import KeptWorker
from tests.faults.senders import Senders
from tests.http import get
from tests.mail_server import MailServer
from tests.services import PostgresServer, wait_until
from tests.web_process import WebProcess

pytestmark = pytest.mark.postgres_only
AWAY = 1.5
WELL_WITHIN = 10.0
DRAINED_WITHIN = 60.0


@pytest.fixture
def durable(db_session: Any) -> None:
    """Let commits reach the disk, which the other tests do without."""
    name = db.engine.url.database
    db.session.execute(sa.text(f'ALTER DATABASE "{name}" SET synchronous_commit = on'))
    db.session.commit()
    db.engine.dispose()


@pytest.fixture
def web(app: Flask, app_settings: dict[str, Any], durable: None) -> Iterator[WebProcess]:
    server = WebProcess(app_settings)
    yield server
    server.end()


@pytest.fixture
def engine(app: Flask, app_settings: dict[str, Any], durable: None) -> Iterator[None]:
    """A clock and a worker, started again when they end."""
    kept = [KeptWorker(app_settings, "clock", "--work", "push"), KeptWorker(app_settings, "worker", "email")]
    yield
    for process in kept:
        process.close()


def test_who_creates_is_told_to_come_back_and_nothing_acknowledged_is_lost(
    web: WebProcess,
    engine: None,
    postgres_server: PostgresServer,
    smtp_server: MailServer,
) -> None:
    members = [make_user().id for _ in range(10)]
    headers = bearer(make_user("admin"), "send")
    db.session.rollback()
    with Senders(web.url, headers, members) as senders:
        wait_until(lambda: len(senders.acknowledged()) > 50)
        postgres_server.stop(signal.SIGQUIT)
        time.sleep(AWAY)
        assert get(f"{web.url}/readyz").status == 503
        postgres_server.start()
        wait_until(lambda: senders.answers[-1].status == 201, WELL_WITHIN)
        wait_until(lambda: get(f"{web.url}/readyz").status == 200, WELL_WITHIN)
        well = time.monotonic()
        time.sleep(1)
    assert set(senders.statuses()) == {201, 503}
    assert all(answer.retry_after for answer in senders.answers if answer.status == 503)
    assert {answer.status for answer in senders.answers if answer.at > well} == {201}
    there = set(db.session.scalars(sa.select(Notification.id).join(Delivery)))
    assert there >= set(senders.acknowledged())
    wait_for_sent(len(there), DRAINED_WITHIN)
    ids = [mail.message["Message-ID"] for mail in smtp_server.messages]
    # One crash: at most the one message that lay between acceptance and commit.
    assert len(there) == len(set(ids)) >= len(ids) - 1
