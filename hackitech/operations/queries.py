"""Selects about the work that waits."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hackitech.models.delivery import FAILED, Delivery
from hackitech.models.draft import Draft
from hackitech.models.event import Event


def database_answers(session: Session) -> bool:
    """Return whether the database can be read."""
    try:
        return session.scalar(sa.select(1)) == 1
    except SQLAlchemyError:
        session.rollback()
        return False


def due_deliveries(session: Session, now: dt.datetime) -> list[Any]:
    """Return channel, status, number and oldest `due_at` of the deliveries that are due."""
    query = (
        sa.select(
            Delivery.channel,
            Delivery.status,
            sa.func.count().label("number"),
            sa.func.min(Delivery.due_at).label("oldest"),
        )
        .where(Delivery.due_at <= now)
        .group_by(Delivery.channel, Delivery.status)
    )
    return list(session.execute(query))


def due_events(session: Session, now: dt.datetime) -> int:
    """Return how many events wait to be started or continued."""
    return session.scalar(sa.select(sa.func.count()).where(Event.due_at <= now)) or 0


def running_events(session: Session, limit: int) -> list[Any]:
    """Return id, title, state, done and total of what is being sent to many or is paused, newest first.

    What is paused is due no more, so it is found by the draft that it was composed as.
    """
    composed = sa.select(Draft.event_id).where(Draft.event_id.is_not(None)).scalar_subquery()
    query = (
        sa.select(Event.id, Event.title, Event.status, Event.retracted_at, Event.done, Event.total)
        .where(
            sa.or_(Event.due_at.is_not(None), Event.id.in_(composed)),
            Event.status.in_(("running", "paused")),
            Event.retracted_at.is_(None),
        )
        .order_by(Event.id.desc())
        .limit(limit)
    )
    return list(session.execute(query))


def unsettled_failures(session: Session) -> int:
    """Return how many deliveries failed, and were neither replayed nor dropped since."""
    failed = sa.and_(sa.text(FAILED), Delivery.settled_at.is_(None))
    return session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(failed)) or 0


def anything_sent(session: Session) -> bool:
    """Return whether there ever was a notification."""
    return session.scalar(sa.select(sa.exists(sa.select(Event.id)))) or False
