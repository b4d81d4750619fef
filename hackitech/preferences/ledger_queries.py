"""What a member was sent of late, and was not: the ledger that the preview of settings is computed from."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from hackitech.core.database import db, table
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import PLACES, Notification

EVERY_PLACE = (*PLACES, "hidden")

Event_, Notification_, Delivery_ = table(Event).c, table(Notification).c, table(Delivery).c


def ledger(user_id: int, since: dt.datetime, most: int) -> Sequence[Any]:
    """Return the newest deliveries, `most` at the most, of what was created for a member since then.

    Newest first; `simulation.LedgerRow` says what of each.
    """
    # One short walk of the mailbox's index for each place, so that a huge mailbox costs no more.
    places = (_newest(user_id, place, since, most).subquery().select() for place in EVERY_PLACE)
    copies = sa.union_all(*places).subquery().c
    query = (
        sa.select(
            *(copies.id.label("notification_id"), copies.notification_type, copies.in_app_rule),
            *(copies.in_inbox, copies.created_at),
            *(copies.read_at, copies.archived_at, copies.deleted_at),
            *(Event_.priority, Event_.expires_at),
            *(Delivery_.channel, Delivery_.target, Delivery_.generation, Delivery_.status, Delivery_.rule),
            sa.func.coalesce(Delivery_.first_attempt_at, Delivery_.updated_at).label("left_at"),
        )
        .join(table(Event), Event_.id == copies.event_id)
        .join(table(Delivery), Delivery_.notification_id == copies.id)
        .order_by(copies.id.desc(), Delivery_.id)
        .limit(most)
    )
    return db.session.execute(query).all()


def _newest(user_id: int, place: str, since: dt.datetime, most: int) -> sa.Select[Any]:
    return (
        sa.select(table(Notification))
        .where(
            Notification_.recipient_id == user_id,
            Notification_.place == place,
            Notification_.surfaced_at >= since,
            Notification_.created_at >= since,
        )
        .order_by(Notification_.surfaced_at.desc(), Notification_.id.desc())
        .limit(most)
    )
