"""A delivery's life: the table of moves, and that nothing moves otherwise whatever happens when."""

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from hackitech.models.statuses import MOVES, Status
from tests.delivery.life import Life

TABLE = """
created held queued retrying -> held suppressed digested cancelled expired
created held retrying -> queued
queued -> sending
sending -> sent retrying unknown permanent-failure technical-failure
retrying -> temporary-failure
unknown -> sending sent
sent -> delivered permanent-failure temporary-failure
"""


def test_the_moves_are_those_that_were_promised() -> None:
    promised: dict[Status, set[Status]] = {}
    for line in TABLE.strip().splitlines():
        before, after = line.split(" -> ")
        for status in before.split():
            promised.setdefault(Status(status), set()).update(Status(word) for word in after.split())
    assert promised == MOVES


def test_whatever_happens_in_whatever_order_only_allowed_moves_are_made(app: Flask) -> None:
    class LifeHere(Life):
        pass

    LifeHere.app = app
    limits = settings(
        max_examples=12,
        stateful_step_count=40,
        phases=[Phase.reuse, Phase.generate],  # to shrink a failure would take minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LifeHere, settings=limits)
