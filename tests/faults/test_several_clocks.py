"""Three clocks, as on three machines: each does its part, once, and waits for no other."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from hackitech.clock import Clock
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.queues import queue
from hackitech.core.transaction import atomic
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.notifications.notify import notify
from hackitech.notifications.schedule_service import advance_due_event, wake_snoozed
from tests.database import writing_connection
from tests.factories import make_user
from tests.faults.conftest import SlowMailServer, StartWorker, wait_for_sent
from tests.faults.engine import announce, deliveries, make_due
from tests.faults.kills import make_members

CLOCKS = 3
BATCH, DEPTH = 10, 4
EVENTS, CHUNK = 6, 10
MEMBERS = 30

Together = Callable[[Callable[[int], Any], int], list[list[Any]]]


@pytest.fixture
def together(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Together:
    """Return what has several clocks do something so many times, each time all at once."""
    small = {"RELAY_BATCH": BATCH, "RELAY_DEPTH": DEPTH, "CHUNK_SIZE": CHUNK}
    for name, value in small.items():
        monkeypatch.setitem(app.config, name, value)

    def run(action: Callable[[int], Any], rounds: int) -> list[list[Any]]:
        line = threading.Barrier(CLOCKS)

        def one(number: int) -> list[Any]:
            done = []
            for _ in range(rounds):
                line.wait(30)
                with app.app_context():
                    done.append(action(number))
            return done

        with ThreadPoolExecutor(CLOCKS) as pool:
            return list(pool.map(one, range(CLOCKS)))

    return run


@pytest.fixture
def redises(redis_url: str) -> Iterator[list[redis.Redis]]:
    """A Redis for each clock, so that one sees who enqueued what."""
    connections = [redis.Redis.from_url(redis_url, db=number) for number in range(CLOCKS)]
    yield connections
    for connection in connections:
        connection.close()


def in_queue(connection: redis.Redis) -> list[int]:
    """Return the ids of the emails that wait in a Redis."""
    return [id_ for job in queue("email", connection).get_jobs() for id_ in job.args[1]]


def versions() -> dict[int, int]:
    """Return how often each notification was changed."""
    db.session.rollback()
    return {id_: times for id_, times in db.session.execute(sa.select(Notification.id, Notification.version))}


def test_due_deliveries_are_shared_out_and_each_is_relayed_by_one(
    db_session: Any, together: Together, redises: list[redis.Redis]
) -> None:
    announce(*make_members(CLOCKS * BATCH * DEPTH))
    clocks = [Clock(connection) for connection in redises]
    together(lambda number: clocks[number].tick(), 2)
    relayed = [in_queue(connection) for connection in redises]
    # As many as a queue takes: none was full while another was left without.
    assert [len(ids) for ids in relayed] == [BATCH * DEPTH] * CLOCKS
    assert Counter(id_ for ids in relayed for id_ in ids) == Counter(row.id for row in deliveries("email"))


def test_what_got_lost_is_swept_up_by_one_clock_each(
    db_session: Any, together: Together, redises: list[redis.Redis]
) -> None:
    announce(*make_members(CLOCKS * BATCH))
    clocks = [Clock(connection) for connection in redises]
    together(lambda number: clocks[number].tick(), 2)
    for connection in redises:
        connection.flushdb()
    make_due()
    together(lambda number: clocks[number].tick(), 2)
    swept = Counter(id_ for connection in redises for id_ in in_queue(connection))
    assert swept == Counter(row.id for row in deliveries("email"))


def test_due_events_are_shared_out_and_each_member_gets_each_once(
    app: Flask, db_session: Any, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "INLINE_CHUNK_SIZE", 1)
    make_members(MEMBERS)
    with atomic():
        for _ in range(EVENTS):
            notify("announcement", all=True, title="A", message="B")
    steps = together(lambda _: advance_due_event(), MEMBERS // CHUNK * EVENTS)
    assert all(any(did) for did in steps)
    assert set(db.session.execute(sa.select(Event.status, Event.done))) == {("done", MEMBERS)}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == MEMBERS * EVENTS


def test_snoozes_that_are_over_are_shared_out_and_each_wakes_once(
    db_session: Any, together: Together
) -> None:
    announce(*make_members(CLOCKS * CHUNK))
    with atomic() as session:
        session.execute(sa.update(Notification).values(snoozed_until=clock.after(-1)))
    before = versions()
    woken = together(lambda _: wake_snoozed(), CLOCKS)
    assert sum(map(sum, woken)) == CLOCKS * CHUNK
    assert versions() == {id_: times + 1 for id_, times in before.items()}


@pytest.mark.postgres_only
def test_a_clock_that_hangs_in_the_middle_holds_up_no_other(
    app: Flask, db_session: Any, redis_url: str
) -> None:
    stuck, free = (announce(make_user().id, send_at=clock.after(0.05)) for _ in "12")
    time.sleep(0.1)
    with writing_connection(db.engine) as hanging, redis.Redis.from_url(redis_url) as connection:
        hanging.execute(sa.select(Event.id).where(Event.id == stuck).with_for_update())
        for _ in range(3):
            Clock(connection).tick()
        states = {id_: status for id_, status in db.session.execute(sa.select(Event.id, Event.status))}
        assert states == {stuck: "scheduled", free: "done"}
        db.session.rollback()
        hanging.rollback()
        Clock(connection).tick()
    assert db.session.scalar(sa.select(Event.status).where(Event.id == stuck)) == "done"


# Who is frozen in the middle of a write holds SQLite's only lock, as clocks of one machine hardly ever are.
@pytest.mark.postgres_only
def test_while_one_clock_is_frozen_the_others_do_its_work(
    db_session: Any, start_worker: StartWorker, slow_mail: SlowMailServer
) -> None:
    clocks = [start_worker("clock") for _ in range(2)]
    start_worker("worker", "email")
    announce(make_user().id)
    wait_for_sent(1, 20)
    clocks[0].freeze()
    for number in range(2, 7):
        announce(make_user().id)
        wait_for_sent(number, 10)
    assert set(slow_mail.accepted.values()) == {1}
