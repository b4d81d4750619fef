"""Tasks that count to their total, and clocks that go on with them when a test says so."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.task import Task
from hackitech.tasks.lifecycle import Advance, begin_task
from tests.factories import make_user


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def count_up(session: Any, task: Any) -> Advance:
    """Count one further, and write the number down."""
    reached = task.cursor + 1
    return Advance(1, reached, reached == task.total, {"counted": reached}, f"{reached}\n")


def begin(total: int = 3, kind: str = "count", owner_id: int | None = None) -> int:
    """Begin to count."""
    with atomic() as session:
        return begin_task(session, kind, owner_id or make_user().id, {"by": 1}, total)


def state(task_id: int) -> tuple[str, int, int, bool]:
    """Return status, done, total and whether somebody must go on with it."""
    db.session.rollback()
    task = db.session.get_one(Task, task_id, populate_existing=True)
    return task.status, task.done, task.total, task.due_at is not None
