"""Several queues in one process: each has a worker of its own; they begin, work and end together."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask

from hackitech.core.transaction import atomic
from hackitech.devices.service import Registration, register_device
from hackitech.notifications.notify import notify
from hackitech.preferences.service import toggle_all
from tests.channels.receiver import Receiver
from tests.channels.scripted_server import Script
from tests.factories import make_user
from tests.faults.engine import statuses
from tests.mail_server import MailServer
from tests.processes import WorkerProcess
from tests.services import RedisServer, wait_until

pytestmark = pytest.mark.postgres_only

HOOKS = 6


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


@pytest.fixture
def process(app: Flask, app_settings: dict[str, Any], receiver: Receiver) -> Iterator[WorkerProcess]:
    """The clock, with the workers of email and of webhooks."""
    started = WorkerProcess(app_settings, "clock", "--work", "email", "webhook", WEBHOOK_HOSTS=receiver.host)
    yield started
    started.kill()


@pytest.fixture
def announce(db_session: object, receiver: Receiver) -> Callable[[], None]:
    """Tell a member something, by email and at so many webhooks, all of which the receiver takes."""
    member = make_user()
    for number in range(HOOKS):
        registration: Registration = {
            "kind": "webhook",
            "name": "",
            "address": f"{receiver.origin}/{number}",
            "p256dh": None,
            "auth": None,
        }
        register_device(member.id, registration)
        receiver.scripts[f"/{number}"] = Script(204, delay=0.2)
    toggle_all(member.id, enabled=True, notification_type="announcement")

    def send() -> None:
        with atomic():
            notify("announcement", recipients=[member], title="T", message="M", channels=["email", "webhook"])

    return send


def test_each_queue_is_served(
    process: WorkerProcess, announce: Callable[[], None], receiver: Receiver, smtp_server: MailServer
) -> None:
    announce()
    smtp_server.wait_for(1)
    wait_until(lambda: statuses("webhook") == ["sent"] * HOOKS)
    assert len(receiver.pushes) == HOOKS
    assert process.end() == 0


def test_asked_to_stop_each_ends_what_it_has_begun_and_hands_back_the_rest(
    process: WorkerProcess, announce: Callable[[], None], receiver: Receiver, smtp_server: MailServer
) -> None:
    announce()
    wait_until(lambda: receiver.pushes)
    assert process.end(signal.SIGTERM) == 0
    left = statuses("webhook")
    assert "sending" not in left
    assert 0 < left.count("sent") == len(receiver.pushes) < HOOKS


def test_idle_they_wait_for_a_redis_that_is_away(
    app_settings: dict[str, Any], announce: Callable[[], None], receiver: Receiver, services_folder: Path
) -> None:
    server = RedisServer(services_folder / "away")
    settings = {**app_settings, "REDIS_URL": server.url}
    process = WorkerProcess(settings, "clock", "--work", "push", "webhook", WEBHOOK_HOSTS=receiver.host)
    try:
        announce()
        wait_until(lambda: statuses("webhook") == ["sent"] * HOOKS)
        time.sleep(1)  # RQ gives up where it loses Redis in the middle of a job
        server.stop()
        time.sleep(2.5)  # each of them looks for it more than once
        server.start()
        announce()
        wait_until(lambda: statuses("webhook") == ["sent"] * 2 * HOOKS)
        assert not process.has_ended()
    finally:
        process.kill()
        server.close()


def test_when_one_of_them_ends_unasked_the_process_does_to_be_started_again(
    process: WorkerProcess, announce: Callable[[], None], smtp_server: MailServer, redis_url: str
) -> None:
    announce()
    smtp_server.wait_for(1)
    wait_until(lambda: statuses("webhook") == ["sent"] * HOOKS)
    with redis.Redis.from_url(redis_url) as connection:
        connection.set("rq:queue:webhook", "not a queue")
    wait_until(process.has_ended)
