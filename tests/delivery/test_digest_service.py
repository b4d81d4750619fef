"""One summary for each member, channel and window, however many clocks make them."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.digest_service import summarise_due
from hackitech.models.delivery import Delivery
from hackitech.models.digest import Digest
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.rules import Rule
from tests.factories import make_user

MEMBERS, EACH, CLOCKS = 40, 3, 3


@pytest.fixture
def held(context: Flask, announce: Callable[..., Any]) -> dt.datetime:
    """Emails of many members whose quiet hours ended at the same moment; return that moment."""
    members = [make_user().id for _ in range(MEMBERS)]
    for number in range(EACH):
        announce(*members, title=f"News {number}")
    ended = clock.now().replace(microsecond=0) - dt.timedelta(minutes=1)
    with atomic() as session:
        waiting = sa.update(Delivery).where(Delivery.channel == "email")
        session.execute(waiting.values(status="held", hold=Rule.QUIET_HOURS, due_at=ended))
    return ended


def test_clocks_at_the_same_time_make_each_summary_once(app: Flask, held: dt.datetime) -> None:
    start, failures = threading.Barrier(CLOCKS), []

    def run() -> None:
        with app.app_context():
            start.wait()
            try:
                while summarise_due():
                    pass
            except Exception as failure:
                failures.append(failure)

    clocks = [threading.Thread(target=run) for _ in range(CLOCKS)]
    for thread in clocks:
        thread.start()
    for thread in clocks:
        thread.join()
    assert not failures
    digests = db.session.execute(sa.select(Digest.user_id, Digest.window_start, Digest.event_id)).all()
    assert len(digests) == len({row.user_id for row in digests}) == MEMBERS
    assert {row.window_start for row in digests} == {held}
    carried = Counter(db.session.scalars(sa.select(Delivery.digest_id).where(Delivery.status == "digested")))
    assert carried == dict.fromkeys((row.event_id for row in digests), EACH)
    left = sa.select(Notification.recipient_id).join(Delivery).where(Delivery.rule == Rule.SUMMARY)
    assert Counter(db.session.scalars(left.where(Delivery.channel == "email"))) == dict.fromkeys(
        (row.user_id for row in digests), 1
    )


def test_a_summary_that_cannot_be_made_waits_and_holds_up_nobody_else(held: dt.datetime) -> None:
    unlucky, *_ = db.session.scalars(sa.select(Notification.recipient_id).order_by(Notification.recipient_id))
    theirs = sa.select(Notification.id).where(Notification.recipient_id == unlucky)
    with atomic() as session:  # what one member alone was told of has lost its title
        alone = session.scalar(sa.select(sa.func.min(Event.id)))
        of_others = sa.delete(Notification).where(
            Notification.event_id == alone, Notification.recipient_id != unlucky
        )
        session.execute(of_others)
        session.execute(sa.update(Event).where(Event.id == alone).values(title={}))
    while summarise_due():
        pass
    made = set(db.session.scalars(sa.select(Digest.user_id)))
    assert len(made) == MEMBERS - 1 and unlucky not in made
    waiting = sa.select(Delivery.due_at).where(
        Delivery.notification_id.in_(theirs), Delivery.status == "held"
    )
    assert all(at is not None and at > clock.now() for at in db.session.scalars(waiting))


@pytest.mark.parametrize("frequency", ["hourly", "daily"])
def test_a_window_is_taken_once(context: Flask, frequency: str) -> None:
    member = make_user()
    row = {"user_id": member.id, "channel": "email", "frequency": frequency, "window_start": clock.now()}
    with atomic() as session:
        session.add(Digest(**row))
    with pytest.raises(IntegrityError), atomic() as session:
        session.add(Digest(**row))
