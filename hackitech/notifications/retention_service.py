"""Erase what is over: a chunk at a time, so that nobody waits for it and a stop loses nothing."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.database import Base, rows_changed
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.event import Event
from hackitech.models.idempotency_key import IdempotencyKey
from hackitech.models.notification import Notification
from hackitech.models.notification_type import NotificationType
from hackitech.models.password_reset import PasswordReset
from hackitech.models.session import Session as SignedIn
from hackitech.models.task import Task

DAY = 86400.0
Position = tuple[int, int]
"""A step, and the id that it has come to."""
START: Position = (0, 0)
Condition = sa.ColumnElement[bool]


def purge_chunk(position: Position) -> tuple[str, int, Position | None]:
    """Erase one chunk; return what, how many rows, and where to go on, None once everything is done."""
    step, cursor = position
    what, erase = STEPS[step]
    with atomic() as session:
        erased, reached = erase(session, cursor)
    if reached is not None:
        return what, erased, (step, reached)
    return what, erased, (step + 1, 0) if step + 1 < len(STEPS) else None


def _notifications(session: Session, cursor: int) -> tuple[int, int | None]:
    """Erase what its reader deleted too long ago to be undone, and what its type keeps no longer."""
    deleted = Notification.deleted_at < clock.after(-current_app.config["UNDO_KEEP"])
    waits = Notification.snoozed_until.is_not(None)
    over = sa.or_(deleted, sa.and_(_outlived(session, Notification), sa.not_(waits)))
    return _walk(session, Notification, over, cursor)


def _events(session: Session, cursor: int) -> tuple[int, int | None]:
    """Erase what happened once nobody has a copy left."""
    copies = sa.select(Notification.id).where(Notification.event_id == Event.id)
    settled = sa.and_(Event.status.in_(("done", "cancelled")), Event.due_at.is_(None))
    return _walk(session, Event, sa.and_(settled, _outlived(session, Event), ~copies.exists()), cursor)


def _outlived(session: Session, model: type[Notification] | type[Event]) -> Condition:
    """Return the condition for what is older than its type's retention."""
    by_days: dict[int, list[str]] = {}
    for key, days in session.execute(sa.select(NotificationType.key, NotificationType.retention_days)):
        by_days.setdefault(days, []).append(key)
    kinds = [
        sa.and_(model.notification_type.in_(keys), model.created_at < clock.after(-days * DAY))
        for days, keys in by_days.items()
    ]
    return sa.or_(sa.false(), *kinds)


def _walk(
    session: Session, model: type[Notification] | type[Event], over: Condition, cursor: int
) -> tuple[int, int | None]:
    """Look at the next chunk in order of id, and erase what is over in it."""
    ahead = sa.select(model.id).where(model.id > cursor).order_by(model.id)
    chunk = ahead.limit(current_app.config["CHUNK_SIZE"]).subquery()
    upto = session.scalar(sa.select(sa.func.max(chunk.c.id)))
    if upto is None:
        return 0, None
    # What somebody changes at this moment is left for the next time.
    mine = (
        sa.select(model.id).where(model.id > cursor, model.id <= upto, over).with_for_update(skip_locked=True)
    )
    return rows_changed(session, sa.delete(model).where(model.id.in_(mine.scalar_subquery()))), upto


def _whatever(
    model: type[Base], over: Callable[[], Condition]
) -> Callable[[Session, int], tuple[int, int | None]]:
    """Return a step that erases all rows that are over, whatever their ids."""
    key: Any = sa.tuple_(*sa.inspect(model).primary_key)

    def erase(session: Session, _cursor: int) -> tuple[int, int | None]:
        size = current_app.config["CHUNK_SIZE"]
        chunk = sa.select(*sa.inspect(model).primary_key).where(over()).limit(size)
        erased = rows_changed(session, sa.delete(model).where(key.in_(chunk)))
        return erased, 0 if erased == size else None

    return erase


STEPS: tuple[tuple[str, Callable[[Session, int], tuple[int, int | None]]], ...] = (
    ("notifications", _notifications),
    ("events", _events),
    ("sessions", _whatever(SignedIn, lambda: SignedIn.expires_at < clock.now())),
    (
        "tokens",
        _whatever(
            ApiToken, lambda: sa.or_(ApiToken.expires_at < clock.now(), ApiToken.revoked_at.is_not(None))
        ),
    ),
    ("password resets", _whatever(PasswordReset, lambda: PasswordReset.expires_at < clock.now())),
    (
        "idempotency keys",
        _whatever(
            IdempotencyKey,
            lambda: IdempotencyKey.created_at < clock.after(-current_app.config["IDEMPOTENCY_KEEP"]),
        ),
    ),
    ("tasks", _whatever(Task, lambda: Task.finished_at < clock.after(-current_app.config["TASK_KEEP"]))),
)
"""In this order: an event goes once its last copy has gone."""
