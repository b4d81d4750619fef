"""The counts always equal the lists, whoever does what at the same time."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.notifications.notify import notify
from tests.callers import People
from tests.factories import make_user
from tests.notifications.mailbox import listed, receive, unread_count
from tests.notifications.random_actions import WORDS, Actors, counted, there

CLIENTS = 64
ACTIONS = {"postgresql": 10_000, "sqlite": 1_000}
"""On SQLite fewer: there is one writer at a time, so that order is all that can differ."""
AT_ONCE = {"postgresql": 16, "sqlite": 2}
"""As many as a process has connections; SQLite has one writer at a time, and does not queue the others."""


class Client(Actors):
    """Members mostly, who read and tidy up; what concerns everybody is as rare as in life."""

    objects = 200

    def actions(self) -> list[tuple[int, Callable[[], Any]]]:
        return [
            (60, self.send), (2, self.send_to_all), (1, self.retract), (1, self.run_events), (2, self.wake),
            (200, self.change_one), (60, self.snooze_one), (30, self.delete_one), (60, self.patch_one),
            (20, self.mark_all), (50, self.bulk), (30, self.undo), (10, self.delete_read),
        ]  # fmt: skip


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


@pytest.mark.timeout(400)  # seconds that it takes only where others work on the same machine
def test_counts_equal_the_lists_after_thousands_of_actions_of_64_clients_and_nobody_is_turned_away(
    app: Flask, db_session: object
):
    members = [make_user().id for _ in range(8)]
    with atomic():
        for _ in range(5):
            notify("comment", all=True, **WORDS)
    crowd = [Client(members, seed) for seed in range(CLIENTS)]
    doors, actions = AT_ONCE[db.engine.dialect.name], ACTIONS[db.engine.dialect.name]

    def play(door: int) -> None:
        with app.app_context():
            for _ in range(actions // CLIENTS + 1):
                for client in crowd[door::doors]:
                    client.act()

    with ThreadPoolExecutor(doors) as pool:
        list(pool.map(play, range(doors)))
    assert sum(len(client.done) for client in crowd) >= actions
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
