"""Two hundred emails, and everything that may die on their way."""

import signal
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from hackitech.core.clock import now
from hackitech.core.transaction import atomic
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from tests.faults.conftest import SlowMailServer, StartWorker, count_statuses, wait_for_sent
from tests.services import wait_until

MEMBERS = 200


@pytest.fixture
def members(app: Flask) -> Iterator[list[int]]:
    with app.app_context():
        with atomic() as session:
            rows = [
                {"email": f"m{n}@example.org", "name": f"M{n}", "created_at": now()} for n in range(MEMBERS)
            ]
            session.execute(sa.insert(User), rows)
            ids = list(session.scalars(sa.select(User.id)))
        yield ids


def announce(members: list[int]) -> None:
    with atomic():
        notify("announcement", recipients=members, title="Salle changée", message="B12", channels=["email"])


def test_each_email_arrives_though_the_worker_is_killed_in_the_middle(
    members: list[int], start_worker: StartWorker, slow_mail: SlowMailServer
) -> None:
    start_worker("clock", "--work", "push")
    worker = start_worker("worker", "email")
    announce(members)
    wait_until(lambda: sum(slow_mail.accepted.values()) >= MEMBERS // 3)
    worker.kill()
    killed_after = sum(slow_mail.accepted.values())
    assert killed_after < MEMBERS
    start_worker("worker", "email")
    wait_for_sent(MEMBERS, patience=40)
    assert len(slow_mail.accepted) == MEMBERS
    doubled = [address for address, count in slow_mail.accepted.items() if count > 1]
    # One kill, so at most the one message that lay between acceptance and commit.
    assert len(doubled) <= 1


def test_a_worker_that_is_asked_to_stop_doubles_nothing_and_the_next_one_goes_on_at_once(
    members: list[int], start_worker: StartWorker, slow_mail: SlowMailServer
) -> None:
    start_worker("clock", "--work", "push")
    worker = start_worker("worker", "email", LEASE="300s", JOB_TIMEOUT="180s")
    announce(members)
    wait_until(lambda: sum(slow_mail.accepted.values()) >= MEMBERS // 3)
    worker.end(signal.SIGTERM)
    assert count_statuses()["sending"] == 0
    start_worker("worker", "email")
    wait_for_sent(MEMBERS, patience=20)
    assert set(slow_mail.accepted.values()) == {1}


def test_all_emails_arrive_though_redis_forgets_everything_in_the_middle(
    members: list[int], start_worker: StartWorker, slow_mail: SlowMailServer, redis_url: str
) -> None:
    start_worker("clock", "--work", "push")
    start_worker("worker", "email")
    announce(members)
    with redis.Redis.from_url(redis_url) as connection:
        wait_until(lambda: sum(slow_mail.accepted.values()) >= 20)
        connection.flushall()
        wait_until(lambda: sum(slow_mail.accepted.values()) >= 80)
        connection.flushall()
    wait_for_sent(MEMBERS, patience=60)
    assert set(slow_mail.accepted.values()) == {1}


def test_the_clock_may_be_killed_and_two_clocks_may_run(
    members: list[int], start_worker: StartWorker, slow_mail: SlowMailServer
) -> None:
    first = start_worker("clock")
    start_worker("worker", "email")
    announce(members)
    wait_until(lambda: sum(slow_mail.accepted.values()) >= 20)
    first.kill()
    start_worker("clock")
    start_worker("clock")
    start_worker("worker", "email")
    wait_for_sent(MEMBERS, patience=30)
    assert set(slow_mail.accepted.values()) == {1}
