"""Mute one thing until a time, and hear of it again."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hackitech.core import clock
from hackitech.core.database import db, table
from hackitech.core.errors import Invalid
from hackitech.core.transaction import atomic
from hackitech.models.mute import Mute

MOST = 1000
"""Things that one member may have muted at a time."""


def mutes_of(user_id: int) -> list[Any]:
    """Return what a member has muted now, what ends first before the others: object, muted_until."""
    columns = table(Mute).c
    own = sa.select(columns.object, columns.muted_until).where(columns.user_id == user_id)
    current = own.where(columns.muted_until > clock.now()).order_by(columns.muted_until, columns.object)
    return list(db.session.execute(current))


def mute_object(user_id: int, object_: str, muted_until: dt.datetime) -> None:
    """Have nothing about an object reach a member until a time, but for what is mandatory.

    Raises:
        Invalid: the time is past, or there are too many mutes already.
    """
    if muted_until <= clock.now():
        raise Invalid({"muted_until": ["Must be in the future."]})
    with atomic() as session:
        ended = sa.delete(Mute).where(Mute.user_id == user_id, Mute.muted_until <= clock.now())
        session.execute(ended)
        others = sa.select(sa.func.count()).where(Mute.user_id == user_id, Mute.object != object_)
        if (session.scalar(others) or 0) >= MOST:
            raise Invalid({"object": [f"At most {MOST} at a time."]})
        statement = insert(table(Mute)).values(user_id=user_id, object=object_, muted_until=muted_until)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["user_id", "object"], set_={"muted_until": muted_until}
            )
        )


def unmute_object(user_id: int, object_: str) -> None:
    """Let a member hear of an object again; twice is the same as once."""
    with atomic() as session:
        session.execute(sa.delete(Mute).where(Mute.user_id == user_id, Mute.object == object_))
