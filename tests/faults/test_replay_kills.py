"""A clock dies in the middle of a replay; the next ones go on, and everything is sent again once."""

import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.failure_filters import FailureFilters
from hackitech.delivery.replay_service import CHUNK, REPLAY, settle_found
from hackitech.models.delivery import Delivery
from hackitech.models.task import Task
from tests.factories import make_user
from tests.faults.conftest import StartWorker
from tests.faults.engine import announce
from tests.faults.kills import make_members, wait_for_death
from tests.services import wait_until

FAILED = 2 * CHUNK + 1


def count(*conditions: sa.ColumnElement[bool]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(*conditions)) or 0


def task_status(task_id: int) -> str | None:
    db.session.rollback()
    return db.session.scalar(sa.select(Task.status).where(Task.id == task_id))


def test_a_replay_whose_clock_is_killed_sends_everything_once(app: Flask, start: StartWorker) -> None:
    with app.app_context():
        members = make_members(FAILED)
        for first in range(0, FAILED, 1000):
            announce(*members[first : first + 1000])
        with atomic() as session:
            email = sa.update(Delivery).where(Delivery.channel == "email")
            session.execute(email.values(status="technical-failure", due_at=None))
        task_id = settle_found(REPLAY, FailureFilters(), make_user("admin").id)

        wait_for_death(start("clock", KILL_AT="clock.task_advanced:2"))
        assert count(Delivery.generation == 1) == count(Delivery.settled_at.is_not(None)) == CHUNK

        for _ in range(2):
            start("clock")
        wait_until(lambda: task_status(task_id) == "done")
        assert count(Delivery.generation == 1) == count(Delivery.settled_at.is_not(None)) == FAILED
        assert count(Delivery.generation > 1) == 0
