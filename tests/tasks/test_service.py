"""Tasks: a chunk and how far it came are one transaction; they can be stopped, fail, and hold up no other."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from hackitech.core.database import db
from hackitech.core.errors import NotFound
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.task import Task
from hackitech.models.task_part import TaskPart
from hackitech.tasks.lifecycle import Advance
from hackitech.tasks.queries import get_task, next_task_due, parts_of
from hackitech.tasks.service import advance_due_task, cancel_task
from tests.factories import make_user
from tests.services import wait_until
from tests.tasks.conftest import begin, count_up, state

STEPS = {"count": count_up}


def test_a_task_is_due_as_soon_as_it_has_begun() -> None:
    assert next_task_due(db.session()) is None
    task = begin()
    assert state(task) == ("running", 0, 3, True)
    assert next_task_due(db.session()) is not None


def test_each_step_brings_it_on_and_the_last_one_ends_it() -> None:
    task = begin()
    assert [advance_due_task(STEPS) for _ in range(4)] == [True, True, True, False]
    assert state(task) == ("done", 3, 3, False)
    row = get_task(db.session(), task)
    assert row.result == {"counted": 3} and row.finished_at is not None and row.params == {"by": 1}
    assert list(parts_of(db.session(), task)) == ["1\n", "2\n", "3\n"]


def test_what_was_done_becomes_the_total_where_that_was_a_guess() -> None:
    task = begin(total=10)
    advance_due_task({"count": lambda _session, _task: Advance(4, 4, finished=True)})
    assert state(task) == ("done", 4, 4, False)
    assert get_task(db.session(), task).result == {}


def test_tasks_take_turns() -> None:
    tasks = [begin(total=2), begin(total=2)]
    for _ in range(2):
        advance_due_task(STEPS)
    assert [state(task)[1] for task in tasks] == [1, 1]


def test_a_step_that_fails_ends_its_task_and_holds_up_no_other() -> None:
    broken, sound = begin(kind="broken"), begin(total=1)

    def fail(session: Any, task: Any) -> Advance:
        session.add(TaskPart(task_id=task.id, number=0, content="half"))
        session.flush()
        raise ValueError("no")

    steps = {**STEPS, "broken": fail}
    assert [advance_due_task(steps) for _ in range(3)] == [True, True, False]
    assert state(broken) == ("failed", 0, 3, False)
    assert list(parts_of(db.session(), broken)) == []
    assert state(sound)[0] == "done"


def test_a_task_of_a_kind_that_nobody_knows_has_failed() -> None:
    task = begin(kind="forgotten")
    assert advance_due_task(STEPS)
    assert state(task)[0] == "failed"


def test_a_database_that_does_not_answer_is_waited_for() -> None:
    task = begin()

    def no_database(session: Any, task: Any) -> Advance:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    with pytest.raises(OperationalError):
        advance_due_task({"count": no_database})
    assert state(task) == ("running", 0, 3, True)
    assert advance_due_task(STEPS)
    assert state(task)[1] == 1


def test_a_crash_repeats_nothing_and_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    task = begin()

    def die(_point: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("hackitech.tasks.service.kill_point", die)
        with pytest.raises(KeyboardInterrupt):
            advance_due_task(STEPS)
    assert state(task) == ("running", 0, 3, True)
    while advance_due_task(STEPS):
        pass
    assert list(parts_of(db.session(), task)) == ["1\n", "2\n", "3\n"]


def test_a_task_that_is_stopped_stays_where_it_is() -> None:
    owner = make_user("admin")
    task = begin(owner_id=owner.id)
    advance_due_task(STEPS)

    assert cancel_task(task, None, owner.id)
    assert not cancel_task(task, None, owner.id), "it was over already"

    assert not advance_due_task(STEPS)
    assert state(task) == ("cancelled", 1, 3, False)
    entry = db.session.query(AuditEntry).one()
    assert (entry.actor_id, entry.action, entry.object_id) == (owner.id, "task.cancel", str(task))
    assert (entry.before, entry.after) == ({"kind": "count", "status": "running"}, {"status": "cancelled"})


def test_a_task_that_is_over_cannot_be_stopped() -> None:
    task = begin(total=1)
    advance_due_task(STEPS)
    assert not cancel_task(task, None, 1)
    assert state(task)[0] == "done"


def test_the_tasks_of_others_are_unknown() -> None:
    owner, other = make_user(), make_user()
    task = begin(owner_id=owner.id)
    assert get_task(db.session(), task, owner.id).id == task
    with pytest.raises(NotFound):
        get_task(db.session(), task, other.id)
    with pytest.raises(NotFound):
        cancel_task(task, other.id, other.id)
    with pytest.raises(NotFound):
        get_task(db.session(), 0)
    assert state(task)[0] == "running"


@pytest.mark.postgres_only
def test_two_clocks_pass_over_what_the_other_has(app: Flask) -> None:
    first, second = begin(total=1), begin(total=1)
    held, go_on = threading.Event(), threading.Event()

    def slowly(session: Any, task: Any) -> Advance:
        held.set()
        assert go_on.wait(10)
        return count_up(session, task)

    def clock() -> None:
        with app.app_context():
            advance_due_task({"count": slowly})

    other = threading.Thread(target=clock)
    other.start()
    try:
        assert held.wait(10)
        assert advance_due_task(STEPS)
        assert not advance_due_task(STEPS)
        assert (state(first)[0], state(second)[0]) == ("running", "done")
    finally:
        go_on.set()
        other.join()
    wait_until(lambda: state(first)[0] == "done")


def test_a_tasks_parts_go_with_it() -> None:
    task = begin(total=1)
    advance_due_task(STEPS)
    db.session.delete(db.session.get_one(Task, task))
    db.session.commit()
    assert db.session.query(TaskPart).count() == 0
