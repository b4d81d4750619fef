"""Relay to the workers what devices are to take away.

Whoever marks as read only adds a name to a set in Redis, in the same breath as it tells the streams: no
request asks whether there was a push. The clock empties that set once a second, so that many reads are one
question, and only pushes that are there to be taken back become jobs. Where the set is lost they stay.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from flask import current_app

from hackitech.channels.registry import WITHDRAWING
from hackitech.core.database import db
from hackitech.core.publish import DEALT_WITH
from hackitech.core.queues import enqueue, queue
from hackitech.delivery.withdrawal import find_of_event, find_of_recipients
from hackitech.models.statuses import Status

WITHDRAW = "hackitech.delivery.jobs.withdraw"
NAMES_AT_ONCE = 500


def relay_withdrawals(connection: Any) -> None:
    """Hand over the pushes of what was read or ended since; while the workers have enough to do, it waits."""
    depth = current_app.config["RELAY_DEPTH"]
    if any(queue(channel, connection).count >= depth for channel in WITHDRAWING):
        return
    recipients, events = [], []
    for name in connection.spop(DEALT_WITH, NAMES_AT_ONCE):
        kind, *numbers = name.decode().split(":")
        if kind == "recipient":
            recipients.append(int(numbers[0]))
        else:
            events.append([int(number) for number in numbers])
    if recipients or events:
        found = list(_find(connection, recipients, events))
        _enqueue(connection, [row for row in found if row.status == Status.SENT])
        _look_again(connection, {row.recipient_id for row in found if row.status != Status.SENT})


def _find(connection: Any, recipients: list[int], events: list[list[int]]) -> Iterable[Any]:
    session = db.session()
    try:
        yield from find_of_recipients(session, recipients)
        for event_id, *position in events:
            found, after = find_of_event(session, event_id, *position or [0])
            yield from found
            if after is not None:  # the rest in a second: what is sent meanwhile goes between
                connection.sadd(DEALT_WITH, f"event:{event_id}:{after}")
    finally:
        session.rollback()


def _enqueue(connection: Any, found: Iterable[Any]) -> None:
    by_channel: defaultdict[str, set[int]] = defaultdict(set)
    for row in found:
        by_channel[row.channel].add(row.id)
    size = current_app.config["RELAY_BATCH"]
    for channel, ids in by_channel.items():
        newest_first = sorted(ids, reverse=True)
        for start in range(0, len(newest_first), size):
            enqueue(channel, connection, WITHDRAW, channel, newest_first[start : start + size])


def _look_again(connection: Any, recipients: set[int]) -> None:
    if recipients:
        connection.sadd(DEALT_WITH, *(f"recipient:{id_}" for id_ in recipients))
