"""The figures of a day: what was created, sent, failed and read, by channel and type."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.clock import Clock
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.redis import patient_client
from hackitech.core.transaction import atomic
from hackitech.models.daily_figure import DailyFigure
from hackitech.models.delivery import Delivery
from hackitech.models.notification import Notification
from hackitech.notifications.notify import notify
from hackitech.operations.figure_queries import Figures, first_copy_since
from hackitech.operations.figures_service import Count, count_chunk, count_days_before, count_today
from tests.factories import make_user

WINDOW = 3


def announce(times: int, *, days_ago: int = 0, **fields: Any) -> list[int]:
    """Notify as many members, on an earlier day, and return the ids; the oldest day must come first."""
    members = [make_user() for _ in range(times)]
    with atomic() as session:
        told = notify("announcement", recipients=members, title="T", message="M", **fields)
        own = sa.and_(Notification.event_id == told.event_id)
        then = clock.now() - dt.timedelta(days=days_ago)
        session.execute(sa.update(Notification).where(own).values(created_at=then))
        return list(session.scalars(sa.select(Notification.id).where(own).order_by(Notification.id)))


def becomes(status: str, *copies: int, **columns: Any) -> None:
    """Let the emails of these copies end so."""
    with atomic() as session:
        mails = sa.and_(Delivery.channel == "email", Delivery.notification_id.in_(copies))
        session.execute(sa.update(Delivery).where(mails).values(status=status, due_at=None, **columns))


def read(*copies: int) -> None:
    with atomic() as session:
        those = Notification.id.in_(copies)
        session.execute(sa.update(Notification).where(those).values(read_at=clock.now()))


def count(begun: Count | None) -> dict[int, dict[str, Figures]]:
    """Carry a count out in small windows; return the figures of announcements by days ago and channel."""
    while begun is not None:
        begun = count_chunk(begun, WINDOW)
    today, found = clock.now().date(), dict[int, dict[str, Figures]]()
    for row in db.session.scalars(sa.select(DailyFigure)):
        figures = Figures(row.created, row.sent, row.failed, row.read)
        found.setdefault((today - row.day).days, {})[row.channel] = figures
    db.session.rollback()
    return found


@pytest.mark.usefixtures("db_session")
def test_every_copy_and_every_delivery_counts_once_whatever_the_windows() -> None:
    copies = announce(10)
    becomes("sent", *copies[:6])
    becomes("permanent-failure", *copies[6:8])
    read(*copies[4:9])

    (today,) = count(count_today()).values()

    assert today["in_app"] == Figures(created=10, sent=10, failed=0, read=5)
    assert today["email"] == Figures(created=10, sent=6, failed=2, read=2)


@pytest.mark.usefixtures("db_session")
def test_what_a_rule_kept_back_does_not_count() -> None:
    becomes("suppressed", *announce(2, channels=["email"])[:1])
    (today,) = count(count_today()).values()
    assert today == {"email": Figures(created=1)}


@pytest.mark.usefixtures("db_session")
def test_a_replay_takes_the_place_of_the_failure_that_it_repeats() -> None:
    (copy,) = announce(1)
    becomes("technical-failure", copy, settled_at=clock.now())
    with atomic() as session:
        mail = sa.and_(Delivery.notification_id == copy, Delivery.channel == "email")
        failed = session.scalars(sa.select(Delivery).where(mail)).one()
        again = {name: getattr(failed, name) for name in ("recipient_id", "channel", "rule", "created_at")}
        again |= {"notification_id": copy, "generation": 1, "status": "sent", "updated_at": clock.now()}
        session.add(Delivery(**again))

    (today,) = count(count_today()).values()

    assert today["email"] == Figures(created=1, sent=1, failed=0, read=0)


@pytest.mark.usefixtures("db_session")
def test_each_day_has_its_own_figures_and_those_of_a_week_ago_stay() -> None:
    for days, times in ((9, 4), (7, 1), (2, 5), (1, 2), (0, 3)):
        announce(times, days_ago=days)
    with atomic() as session:
        kept = DailyFigure(
            day=clock.now().date() - dt.timedelta(days=9), channel="in_app", notification_type="x"
        )
        kept.created, kept.sent, kept.failed, kept.read, kept.computed_at = 40, 40, 0, 1, clock.now()
        session.add(kept)

    count(count_today())
    found = count(count_days_before())

    assert {days: channels["in_app"].created for days, channels in found.items()} == {
        9: 40, 7: 1, 2: 5, 1: 2, 0: 3,
    }  # fmt: skip


@pytest.mark.usefixtures("db_session")
def test_counting_again_replaces_what_was_counted() -> None:
    copies = announce(2)
    count(count_today())
    read(*copies)
    with atomic() as session:
        session.execute(sa.delete(Delivery))

    (today,) = count(count_today()).values()

    assert today == {"in_app": Figures(created=2, sent=2, failed=0, read=2)}


@pytest.mark.usefixtures("db_session")
def test_where_nothing_was_ever_sent_there_are_no_figures() -> None:
    assert count(count_today()) == {} == count(count_days_before())


def test_a_clock_that_has_nothing_else_to_do_counts_and_says_that_it_lives(app: Flask) -> None:
    with app.app_context():
        announce(2)
        keeper = Clock(patient_client())
        keeper.wait(0.0)
        for _ in range(40):
            if keeper.tick():
                break
        assert db.session.scalar(sa.select(sa.func.sum(DailyFigure.created))) == 4
        assert keeper.connection.get("notifi:clock_seen").decode() <= clock.now().isoformat()


def test_a_clock_whose_queues_are_full_delivers_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "RELAY_DEPTH", 0)
    with app.app_context():
        announce(1)
        Clock(patient_client()).tick()
        assert not db.session.scalar(sa.select(sa.func.count()).select_from(DailyFigure))


def test_one_of_several_clocks_counts(app: Flask) -> None:
    with app.app_context():
        first, second = Clock(patient_client()), Clock(patient_client())
        begun = [keeper._next_count() for keeper in (first, second, first, second)]
        assert begun == [count_today(), count_days_before(), None, None]


@pytest.mark.usefixtures("db_session")
def test_counting_does_not_walk_through_what_was_erased() -> None:
    erased = announce(50)
    with atomic() as session:
        session.execute(sa.delete(Notification).where(Notification.id.in_(erased)))
    copies = announce(1)
    assert first_copy_since(db.session(), clock.now() - dt.timedelta(days=1)) == copies[0]
