"""Selects on tasks and what they produced."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core.errors import NotFound
from hackitech.core.pagination import Keyset
from hackitech.models.task import Task
from hackitech.models.task_part import TaskPart

NEWEST_FIRST = Keyset((Task.id,))


def get_task(session: Session, id_: int, owner_id: int | None = None) -> Any:
    """Return a task's row; with `owner_id` only if it is theirs.

    Raises:
        NotFound: unknown, or somebody else's.
    """
    row = session.execute(select_tasks(owner_id).where(Task.id == id_)).one_or_none()
    if row is None:
        raise NotFound("No such task.")
    return row


def parts_of(session: Session, task_id: int) -> Iterator[str]:
    """Yield what a task produced, in order, without holding it in memory."""
    number = -1
    following = sa.select(TaskPart.number, TaskPart.content).where(TaskPart.task_id == task_id)
    while part := session.execute(
        following.where(TaskPart.number > number).order_by(TaskPart.number).limit(1)
    ).first():
        session.rollback()  # whoever reads slowly holds no connection meanwhile
        number = part.number
        yield part.content


def select_tasks(owner_id: int | None) -> sa.Select[Any]:
    """Select tasks; with `owner_id` only theirs."""
    query = sa.select(Task.__table__)
    return query if owner_id is None else query.where(Task.owner_id == owner_id)


def running_tasks(session: Session, kind: str) -> list[Any]:
    """Return the tasks of a kind that are not over."""
    query = sa.select(Task.__table__).where(Task.due_at.is_not(None), Task.kind == kind)
    return list(session.execute(query.order_by(Task.id)))


def longest_due(now: dt.datetime) -> sa.Select[Any]:
    """Select the task that has been due for longest, locked; others' locked ones are passed over."""
    return (
        sa.select(Task.__table__)
        .where(Task.due_at <= now)
        .order_by(Task.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def next_task_due(session: Session) -> dt.datetime | None:
    """Return when the next task is to be gone on with."""
    return session.scalar(sa.select(sa.func.min(Task.due_at)))
