"""Look at deliveries again and again, and judge whatever has become of them meanwhile."""

from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from hackitech.core.database import db, table
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.statuses import MOVES, Status

BEGINNINGS = {Status.CREATED, Status.HELD, Status.SUPPRESSED}
FINAL = set(Status) - set(MOVES)
OVER = FINAL | {Status.SENT}
"""Nobody looks at these again by the clock; what was sent may still bounce."""
UNTOLD = {Status.QUEUED, Status.SENDING}
"""Claims: the log tells what became of them."""
CLAIMED_IN_VAIN = (Status.UNKNOWN, Status.PERMANENT_FAILURE)
"""Two moves in one transaction: claimed again, and found without an address."""


class Watch:
    """What the deliveries of a channel were when it looked last, by id."""

    def __init__(self, channel: str) -> None:
        self.known: dict[int, Any] = {}
        self._channel = channel
        self._last_entry = 0

    def look(self) -> None:
        """Judge every change since the last look: was it allowed, was it told, is what is over left alone?"""
        db.session.rollback()
        query = sa.select(table(Delivery)).where(table(Delivery).c.channel == self._channel)
        now = {row.id: row for row in db.session.execute(query)}
        told = self._told()
        assert now.keys() >= self.known.keys()
        for id_, row in now.items():
            _judge(self.known.get(id_), row, told.get(id_, []))
        keys = {(row.notification_id, row.target, row.generation) for row in now.values()}
        assert len(keys) == len(now)
        self.known = now

    def _told(self) -> dict[int, list[str]]:
        """Return what the log has said of each delivery since the last look."""
        columns = DeliveryAttempt.id, DeliveryAttempt.delivery_id, DeliveryAttempt.outcome
        newer = sa.select(*columns).where(DeliveryAttempt.id > self._last_entry).order_by(DeliveryAttempt.id)
        told: dict[int, list[str]] = {}
        for entry_id, delivery_id, outcome in db.session.execute(newer):
            told.setdefault(delivery_id, []).append(outcome)
            self._last_entry = entry_id
        return told


def _judge(before: Any, row: Any, told: list[str]) -> None:
    assert (row.due_at is None) == (row.status in OVER), row
    assert row.attempts >= 0
    if before is None:
        assert row.status in BEGINNINGS
        return
    path = [before.status, *told]
    if tuple(path) == CLAIMED_IN_VAIN:
        path.insert(1, Status.SENDING)
    if row.status != path[-1]:
        assert row.status in UNTOLD, f"{path}, and untold {row.status}"
        path.append(row.status)
    for was, became in pairwise(path):
        assert became in MOVES.get(Status(was), ()), " -> ".join(path)
    if before.status in FINAL:
        # That somebody has dealt with a failure is noted beside it, once.
        settled = {"settled_at": before.settled_at or row.settled_at}
        assert row._asdict() == before._asdict() | settled
