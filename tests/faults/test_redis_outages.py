"""Redis forgets, ends or freezes: creating goes on as fast as ever, and all of it arrives afterwards."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask

from tests.factories import bearer, make_user
from tests.faults.conftest import wait_for_sent
from tests.faults.kept import KeptWorker
from tests.faults.senders import Senders
from tests.mail_server import MailServer
from tests.services import RedisServer, wait_until
from tests.web_process import WebProcess

LASTS = 2.0
"""Seconds; long enough for a process to find Redis away several times."""
WARM = 20
LONGEST_ANSWER = 0.5
DRAINED_WITHIN = 60.0


def forget(server: RedisServer) -> None:
    with redis.Redis.from_url(server.url) as connection:
        for _ in range(6):
            connection.flushall()
            time.sleep(LASTS / 6)


def shut_down(server: RedisServer) -> None:
    server.stop()
    time.sleep(LASTS)
    server.start()


def freeze(server: RedisServer) -> None:
    server.freeze()
    time.sleep(LASTS)
    server.thaw()


@pytest.fixture(scope="module")
def redis_server(services_folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(services_folder / "outages")
    yield server
    server.thaw()
    server.close()


@pytest.fixture(scope="module")
def web(app_settings: dict[str, Any], redis_server: RedisServer) -> Iterator[WebProcess]:
    """A web process that asks Redis for everything it can, rate limits included."""
    settings = {**app_settings, "REDIS_URL": redis_server.url, "RATE_LIMIT_WRITES": 10**6}
    # It looks for Redis more often than in production, and shorter: other tests compute at the same time.
    server = WebProcess(settings, REDIS_BACKOFF="500ms", REDIS_TIMEOUT="100ms")
    yield server
    server.end()


@pytest.fixture
def engine(app: Flask, app_settings: dict[str, Any], redis_server: RedisServer) -> Iterator[None]:
    """A clock and a worker, started again when they end."""
    settings = {**app_settings, "REDIS_URL": redis_server.url}
    kept = [KeptWorker(settings, "clock", "--work", "push"), KeptWorker(settings, "worker", "email")]
    yield
    for process in kept:
        process.close()


@pytest.mark.parametrize("outage", [forget, shut_down, freeze])
def test_creating_stays_quick_and_everything_arrives_once_redis_is_back(
    db_session: object,
    web: WebProcess,
    engine: None,
    redis_server: RedisServer,
    smtp_server: MailServer,
    outage: Callable[[RedisServer], None],
) -> None:
    members = [make_user().id for _ in range(10)]
    with Senders(web.url, bearer(make_user("admin"), "send"), members) as senders:
        wait_until(lambda: len(senders.answers) > WARM)
        began = time.monotonic()
        outage(redis_server)
    assert set(senders.statuses()) == {201}
    assert senders.slowest(0.99, since=began) < LONGEST_ANSWER
    wait_for_sent(len(senders.acknowledged()), DRAINED_WITHIN)
    accepted = Counter(mail.message["Message-ID"] for mail in smtp_server.messages)
    assert len(accepted) == len(senders.acknowledged())
    assert set(accepted.values()) == {1}
