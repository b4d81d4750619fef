"""The counts always equal the lists, whoever does what at the same time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.notifications.notify import notify
from tests.callers import People
from tests.factories import make_user
from tests.notifications.mailbox import listed, receive, unread_count
from tests.notifications.random_actions import WORDS, Actors, counted, there

THREADS = {"postgresql": 8, "sqlite": 4}
ACTIONS = 60


def settle(actors: Actors) -> None:
    """Let the clock finish what the actions left behind."""
    time.sleep(0.03)
    actors.wake()
    actors.run_events()


@pytest.mark.parametrize("seed", range(3))
def test_counts_equal_the_lists_after_any_actions(db_session: object, seed: int):
    actors = Actors([make_user().id for _ in range(3)], seed)
    for step in range(80):
        actors.act()
        if step % 10 == 0:
            assert {m: counted(m) for m in actors.members} == {m: there(m) for m in actors.members}, (
                actors.done
            )
    settle(actors)
    for member in actors.members:
        assert counted(member) == there(member), actors.done


def test_counts_equal_the_lists_after_many_at_once_and_nobody_is_turned_away(app: Flask, db_session: object):
    members = [make_user().id for _ in range(4)]
    with atomic():
        for _ in range(5):
            notify("comment", all=True, **WORDS)

    def play(seed: int) -> list[str]:
        with app.app_context():
            actors = Actors(members, seed)
            for _ in range(ACTIONS):
                actors.act()
            return actors.done

    threads = THREADS[db.engine.dialect.name]
    with ThreadPoolExecutor(threads) as pool:
        assert len(list(pool.map(play, range(threads)))) == threads
    settle(Actors(members, 0))
    for member in members:
        assert counted(member) == there(member)


def test_the_badge_equals_the_list_over_http(people: People):
    made = [receive(people.member) for _ in range(5)]
    for path, body in (
        (f"notifications/{made[0]}/mark_as_read/", None),
        (f"notifications/{made[1]}/archive/", None),
        (f"notifications/{made[2]}/snooze/", {"until": "2199-01-01T00:00:00Z"}),
        ("notifications/bulk/", {"action": "delete", "ids": made[3:4]}),
    ):
        assert people.member.post(path, body).status_code == 200
        assert unread_count(people.member) == len(listed(people.member, "?is_read=false"))
    assert unread_count(people.member) == 1
