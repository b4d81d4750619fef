"""Selects about the work that waits."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hackitech.models.delivery import Delivery
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
