"""Take back what devices still show and a member has dealt with elsewhere.

A courtesy, done at most once: `withdrawn_at` is committed before the device is told, and what fails then is
not tried again.
"""

import datetime as dt
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy import bindparam as P
from sqlalchemy.orm import Session

from hackitech.channels.base import Withdrawal, Withdrawing
from hackitech.channels.registry import WITHDRAWING
from hackitech.core import clock
from hackitech.core.database import Id, UtcDateTime, table
from hackitech.core.queues import stopping
from hackitech.core.transaction import atomic
from hackitech.delivery.dispatch import PATIENCE
from hackitech.delivery.holding import NO_LONGER_NEW
from hackitech.delivery.letters import dedupe_id, load_addresses
from hackitech.models.delivery import Delivery
from hackitech.models.notification import PLACES, Notification
from hackitech.models.statuses import Status
from hackitech.notifications.queries import unread_counts

log = structlog.get_logger()
D, N = table(Delivery).c, table(Notification).c
OVER = sa.or_(NO_LONGER_NEW, N.expired_at.is_not(None))
ON_THEIR_WAY = (Status.CREATED, Status.QUEUED, Status.SENDING)
"""Too late to be stopped, and too early to be taken back: to be looked at again."""
LOOKED_BACK = dt.timedelta(days=7)
"""How far a member's mailbox is searched: what was sent in the last day may have waited before."""
MOST = 1000
"""Deliveries found at once, the newest."""


@cache
def _found() -> sa.Select[Any]:
    return (
        sa.select(D.id, D.channel, D.status, N.recipient_id)
        .join_from(table(Notification), table(Delivery), D.notification_id == N.id)
        .where(
            OVER,
            D.channel.in_(list(WITHDRAWING)),
            D.status.in_([Status.SENT, *ON_THEIR_WAY]),
            D.withdrawn_at.is_(None),
            D.updated_at > P("sent_after", type_=UtcDateTime),
        )
        .limit(P("most", type_=sa.Integer))
    )


@cache
def _found_of_recipients() -> sa.Select[Any]:
    recipients = P("recipients", type_=Id, expanding=True)
    return (
        _found()
        # The places are all there are; named, the mailbox's index leads to the newest of each.
        .where(N.recipient_id.in_(recipients), N.place.in_([*PLACES, "hidden"]))
        .where(N.surfaced_at > P("surfaced_after", type_=UtcDateTime))
        .order_by(N.surfaced_at.desc(), D.id.desc())
    )


@cache
def _found_of_event() -> sa.Select[Any]:
    event, after = P("event", type_=Id), P("after", type_=Id)
    return _found().where(N.event_id == event, N.recipient_id > after).order_by(N.recipient_id, D.id)


def find_of_recipients(session: Session, recipients: Sequence[int]) -> list[Any]:
    """Return id, channel, status and recipient_id of what is to be taken back from these members' devices."""
    bound = {"recipients": list(recipients), "surfaced_after": clock.now() - LOOKED_BACK}
    return _find(session, _found_of_recipients(), bound) if recipients else []


def find_of_event(session: Session, event_id: int, after: int) -> tuple[list[Any], int | None]:
    """Return the same for the copies of one event, whose recipients' ids are above `after`.

    With it comes the recipient to go on after, None where that was all.
    """
    found = _find(session, _found_of_event(), {"event": event_id, "after": after})
    # One member's devices may be cut in two: what was found already is not found again once it is claimed.
    return found, found[-1].recipient_id - 1 if len(found) == MOST else None


def _find(session: Session, statement: Any, bound: dict[str, Any]) -> list[Any]:
    kept_for = dt.timedelta(seconds=current_app.config["PUSH_TTL"])
    return list(session.execute(statement, {**bound, "sent_after": clock.now() - kept_for, "most": MOST}))


def withdraw(channel_key: str, ids: Sequence[int]) -> int:
    """Tell the devices of these deliveries to take them away and return how many accepted it."""
    channel = WITHDRAWING[channel_key]
    with atomic() as session:
        claimed = _claim(session, channel, ids)
    deadline = time.monotonic() + current_app.config["JOB_TIMEOUT"] * PATIENCE
    accepted = 0
    for withdrawal, outcome in channel.withdraw(claimed):
        if outcome is None:
            accepted += 1
        else:
            log.info("withdrawal_failed", delivery=withdrawal.delivery_id, detail=str(outcome))
        if stopping.is_set() or time.monotonic() > deadline:
            break
    return accepted


def _claim(session: Session, channel: Withdrawing, ids: Sequence[int]) -> list[Withdrawal]:
    claimed = sa.and_(D.id.in_(list(ids)), D.status == Status.SENT, D.withdrawn_at.is_(None))
    still_over = sa.exists().where(N.id == D.notification_id, OVER)
    rows = session.execute(
        sa.update(table(Delivery))
        .where(claimed, still_over)
        .values(withdrawn_at=clock.now())
        .returning(D.id, D.generation, D.notification_id, D.recipient_id, D.target)
    ).all()
    addresses = load_addresses(session, channel, rows)
    unread = unread_counts(session, {row.recipient_id for row in rows})
    return [
        Withdrawal(
            delivery_id=row.id,
            dedupe_id=dedupe_id(row),
            notification_id=row.notification_id,
            recipient_id=row.recipient_id,
            target=row.target,
            address=addresses[row.recipient_id, row.target],
            unread_count=unread[row.recipient_id],
        )
        for row in rows
        if (row.recipient_id, row.target) in addresses
    ]
