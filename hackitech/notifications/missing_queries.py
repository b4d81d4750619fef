"""Selects on what did not come: recent notifications of which a channel was suppressed, stopped or held."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from hackitech.core import clock
from hackitech.core.database import chosen_by, db, table
from hackitech.models.delivery import Delivery
from hackitech.models.notification import IN_APP, PLACES, Notification
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status
from hackitech.notifications.queries import joined

N, D = table(Notification).c, table(Delivery).c

RECENT = dt.timedelta(days=30)
LOOKED_AT = 1000
"""So many of a member's notifications, the newest, are looked at: a mailbox may hold a million."""
NOT_SENT = (
    Status.HELD,
    Status.SUPPRESSED,
    Status.CANCELLED,
    Status.EXPIRED,
    Status.TEMPORARY_FAILURE,
    Status.PERMANENT_FAILURE,
    Status.TECHNICAL_FAILURE,
)
EXPECTED = (Rule.NARROWED, Rule.NO_ADDRESS)
"""Nobody misses what was not meant for a channel, or a channel that they do not use; unless they ask."""


def select_missing(recipient_id: int, channel: str | None = None) -> sa.Select[Any]:
    """Select a member's recent notifications that did not come somewhere: on one channel, or on any."""
    return joined().where(chosen_by(db.session(), N.id, _newest(recipient_id)), _is_missing(channel))


def _newest(recipient_id: int) -> sa.Select[Any]:
    """Select the ids to look at: the newest of each place, as the mailbox's index lies, then of them all."""
    since = clock.now() - RECENT
    places = [
        sa.select(N.id, N.surfaced_at)
        .where(N.recipient_id == recipient_id, N.place == place, N.surfaced_at > since)
        .where(N.deleted_at.is_(None), N.created_at > since)
        .order_by(N.surfaced_at.desc(), N.id.desc())
        .limit(LOOKED_AT)
        .subquery()
        for place in (*PLACES, "hidden")
    ]
    newest = sa.union_all(*(sa.select(place) for place in places)).subquery()
    return sa.select(newest.c.id).order_by(newest.c.surfaced_at.desc(), newest.c.id.desc()).limit(LOOKED_AT)


def _is_missing(channel: str | None) -> sa.ColumnElement[bool]:
    from_inbox = sa.not_(N.in_inbox)
    stopped = sa.select(D.id).where(D.notification_id == N.id, D.status.in_(NOT_SENT))
    if channel == IN_APP:
        return from_inbox
    if channel is not None:
        return stopped.where(D.channel == channel).exists()
    return sa.or_(
        sa.and_(from_inbox, N.in_app_rule.not_in(EXPECTED)),
        stopped.where(D.rule.not_in(EXPECTED)).exists(),
    )
