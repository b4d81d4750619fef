"""Claim, send, record: one batch of one channel, with no transaction open while the network is."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.orm import Session

from hackitech.channels.base import Channel, Message
from hackitech.channels.registry import get_channel
from hackitech.core import clock
from hackitech.core.kill_points import kill_point
from hackitech.core.queues import stopping
from hackitech.core.transaction import atomic
from hackitech.delivery.holding import hold_back, is_needless, move
from hackitech.delivery.letters import load_addresses, select_letters, write_message
from hackitech.delivery.recording import recording, release
from hackitech.delivery.timing import sender_pause
from hackitech.models.delivery import Delivery
from hackitech.models.event import CANCELLED, PAUSED
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status

log = structlog.get_logger()
PATIENCE = 0.5
"""The share of a job's time after which it starts nothing new."""


def deliver(channel_key: str, ids: Sequence[int]) -> int:
    """Send those of `ids` that are still to be sent and return how many were attempted.

    Safe to run twice, at once or in turn: the claim is a guarded update.
    """
    channel = get_channel(channel_key)
    kill_point("worker.dequeued")
    leased_until = clock.after(current_app.config["LEASE"])
    messages = claim(channel, ids)
    kill_point("worker.claimed")
    waiting = {message.delivery_id: message for message in messages}
    deadline = time.monotonic() + current_app.config["JOB_TIMEOUT"] * PATIENCE
    with recording(channel) as recorder:
        for message, outcome in channel.send(messages):
            recorder.record(message, outcome)
            del waiting[message.delivery_id]
            # Past the lease before the deadline: somebody set the clock, and all this goes to others.
            if stopping.is_set() or time.monotonic() > deadline or clock.now() > leased_until:
                break
    # An exception leaves them to their lease instead: nobody knows then how far the channel came.
    with atomic() as session:
        release(session, list(waiting))
    return len(messages) - len(waiting)


def claim(channel: Channel, ids: Iterable[int]) -> list[Message]:
    """Claim deliveries for this worker, and return the messages of those that may go now."""
    with atomic() as session:
        rows = [
            row
            for row in session.execute(select_letters(ids))
            if row.status in (Status.QUEUED, Status.UNKNOWN)
        ]
        addresses = load_addresses(session, channel, rows)
        going = [row for row in rows if not _stopped(session, row, addresses)]
        _take(session, [row.id for row in going])
        lost = [row.id for row in going if (row.recipient_id, row.target) not in addresses]
        if lost:  # they went before, and nobody can tell any more whether they arrived
            move(session, lost, Status.PERMANENT_FAILURE, "the address is gone", due_at=None)
        return [
            write_message(session, channel, row, addresses[row.recipient_id, row.target])
            for row in going
            if row.id not in lost
        ]


def _take(session: Session, ids: list[int]) -> None:
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.status.in_((Status.QUEUED, Status.UNKNOWN)))
        .values(
            status=Status.SENDING,
            due_at=clock.after(current_app.config["LEASE"]),
            attempts=Delivery.attempts + 1,
            first_attempt_at=sa.func.coalesce(Delivery.first_attempt_at, clock.now()),
            updated_at=clock.now(),
        )
        .execution_options(synchronize_session=False)
    )


def _stopped(session: Session, row: Any, addresses: dict[tuple[int, int], Any]) -> bool:
    """Move a delivery that must not go any more to where it belongs; one already `unknown` goes again."""
    if row.status != Status.QUEUED:
        return False
    if row.expires_at is not None and row.expires_at <= clock.now():
        return _stop(session, row, Status.EXPIRED, Rule.EXPIRED)
    if row.retracted_at is not None:
        return _stop(session, row, Status.CANCELLED, Rule.RETRACTED)
    if row.event_status == CANCELLED:
        return _stop(session, row, Status.CANCELLED, Rule.CANCELLED)
    if row.event_status == PAUSED:
        return _hold_back(session, row)
    if is_needless(row):
        return _stop(session, row, Status.CANCELLED, Rule.ALREADY_READ)
    if not row.active:
        return _stop(session, row, Status.SUPPRESSED, Rule.INACTIVE)
    if (row.recipient_id, row.target) not in addresses:
        return _stop(session, row, Status.SUPPRESSED, Rule.NO_ADDRESS)
    return False


def _hold_back(session: Session, row: Any) -> bool:
    """Hold what a sender paused; due at once, for a relay to see whether they have gone on meanwhile."""
    now = clock.now()
    hold_back(session, [row.id], sender_pause(now)._replace(until=now))
    return True


def _stop(session: Session, row: Any, status: Status, rule: str) -> bool:
    move(session, [row.id], status, rule=rule, due_at=None)
    return True
