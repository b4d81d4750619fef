"""A task's life within the caller's transaction: begun, moved on by a chunk, over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.publish import wake_clock
from hackitech.models.task import DONE, RUNNING, Task
from hackitech.models.task_part import TaskPart


@dataclass(frozen=True, slots=True)
class Advance:
    """How far one chunk brought a task.

    `done` is how many rows it dealt with, `cursor` the last of them; `result` replaces the task's, unless it
    is None; `part` is a piece of the file that the task makes.
    """

    done: int
    cursor: int
    finished: bool
    result: Mapping[str, Any] | None = None
    part: str | None = None


Step = Callable[[Session, Any], Advance]
"""Does the next chunk of a task (its row), in the caller's transaction: all of it or nothing counts."""
Steps = Mapping[str, Step]


def begin_task(session: Session, kind: str, owner_id: int, params: Mapping[str, Any], total: int) -> int:
    """Begin a task of about `total` rows and return its id; the clock goes on with it after the commit."""
    now = clock.now()
    task = Task(
        kind=kind,
        owner_id=owner_id,
        params=dict(params),
        status=RUNNING,
        total=total,
        result={},
        due_at=now,
        created_at=now,
    )
    session.add(task)
    session.flush()
    wake_clock()
    return task.id


def move_on(session: Session, task: Any, advance: Advance) -> None:
    """Write down how far a task has come; the caller holds its row locked."""
    if advance.part is not None:
        number = sa.select(sa.func.count()).where(TaskPart.task_id == task.id).scalar_subquery()
        session.execute(sa.insert(TaskPart).values(task_id=task.id, number=number, content=advance.part))
    done = task.done + advance.done
    values: dict[str, Any] = {"done": done, "cursor": advance.cursor, "due_at": clock.now()}
    if advance.result is not None:
        values["result"] = dict(advance.result)
    if advance.finished:
        values |= {"status": DONE, "total": done, "due_at": None, "finished_at": clock.now()}
    session.execute(sa.update(Task).where(Task.id == task.id).values(**values))


def end_task(session: Session, task_id: int, status: str) -> bool:
    """End a task that is not over yet; what it has done stays. Return whether it ran."""
    running = sa.update(Task).where(Task.id == task_id, Task.status == RUNNING)
    ended = running.values(status=status, due_at=None, finished_at=clock.now()).returning(Task.id)
    return session.scalar(ended) is not None
