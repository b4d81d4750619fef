"""Selects on who has taken note of an event: whom it did not reach, who has not seen it, has, confirmed."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core.database import table
from hackitech.core.pagination import Keyset
from hackitech.models.delivery import Delivery
from hackitech.models.notification import Notification
from hackitech.models.statuses import Status
from hackitech.models.user import User

N, D, U = table(Notification).c, table(Delivery).c, table(User).c
UNREACHED, UNSEEN, SEEN, CONFIRMED = "unreached", "unseen", "seen", "confirmed"
STATES = (UNREACHED, UNSEEN, SEEN, CONFIRMED)
"""Every copy is in one of these; what is most pressing comes first."""
BY_MEMBER = Keyset((N.recipient_id,), ascending=True)
"""As the index of an event's copies has them."""
ARRIVED = (Status.SENT, Status.DELIVERED, Status.DIGESTED)


class Counts(NamedTuple):
    """How many copies are in each state, and how many are those of `still_missing`."""

    by_state: dict[str, int]
    missing: int

    @property
    def total(self) -> int:
        """How many copies there are."""
        return sum(self.by_state.values())


def still_missing(event_id: int) -> list[sa.ColumnElement[bool]]:
    """Return the conditions for an event's copies that nobody has acknowledged, deleted or outlived."""
    return [N.event_id == event_id, _is_missing()]


def _is_missing() -> sa.ColumnElement[bool]:
    return sa.and_(N.acknowledged_at.is_(None), N.deleted_at.is_(None), N.expired_at.is_(None))


def _state() -> sa.ColumnElement[str]:
    """Return a copy's state; other channels are asked only about what is in no inbox."""
    arrived = sa.exists().where(D.notification_id == N.id, D.status.in_(ARRIVED))
    return sa.case(
        (N.acknowledged_at.is_not(None), CONFIRMED),
        (N.seen_at.is_not(None), SEEN),
        (sa.or_(N.in_inbox, arrived), UNSEEN),
        else_=UNREACHED,
    )


def count_states(session: Session, event_id: int) -> Counts:
    """Count an event's copies by state, in one walk along its index."""
    copies = sa.select(_state().label("state"), _is_missing().label("missing")).where(N.event_id == event_id)
    each = copies.subquery().c
    grouped = sa.select(
        each.state, sa.func.count(), sa.func.sum(sa.case((each.missing, 1), else_=0))
    ).group_by(each.state)
    rows = session.execute(grouped).all()
    by_state = dict.fromkeys(STATES, 0) | {state: amount for state, amount, _missing in rows}
    return Counts(by_state, sum(missing for _state, _amount, missing in rows))


def select_roster(event_id: int, state: str) -> sa.Select[Any]:
    """Select an event's copies in a state, with who they are for."""
    return (
        sa.select(
            *(N.id, N.recipient_id, N.in_inbox, N.in_app_rule, N.surfaced_at, N.seen_at),
            *(N.acknowledged_at, N.deleted_at, U.name, U.email),
        )
        .join_from(table(Notification), table(User), U.id == N.recipient_id)
        .where(N.event_id == event_id, _state() == state)
    )


def deliveries_of_copies(session: Session, rows: Sequence[Any]) -> dict[int, list[Any]]:
    """Return channel, status and rule of the latest delivery to each target of these copies, by copy."""
    newest = sa.func.max(D.generation).over(partition_by=(D.notification_id, D.channel, D.target))
    columns = D.notification_id, D.channel, D.target, D.generation, D.status, D.rule, newest.label("newest")
    each = sa.select(*columns).where(D.notification_id.in_([row.id for row in rows])).subquery().c
    latest = sa.select(*each).where(each.generation == each.newest)
    found: dict[int, list[Any]] = {row.id: [] for row in rows}
    for delivery in session.execute(latest.order_by(each.channel, each.target)):
        found[delivery.notification_id].append(delivery)
    return found
