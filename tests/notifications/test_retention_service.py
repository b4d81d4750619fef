"""Retention: what is over is erased with all that hangs on it, and nothing else."""

from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from hackitech.clock import PURGE_EVERY, Clock
from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.publish import PURGED
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.idempotency_key import IdempotencyKey
from hackitech.models.notification import Notification
from hackitech.models.notification_type import NotificationType
from hackitech.models.password_reset import PasswordReset
from hackitech.models.session import Session
from tests.factories import make_token
from tests.notifications.reader import Reader, make_reader, tabs

DAY = 86400

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def reader(app: Flask) -> Reader:
    return make_reader(app)


def purge(app: Flask) -> str:
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["purge"])
    assert result.exit_code == 0, result.output
    db.session.rollback()
    return result.stdout


def change(model: Any, id_: int, **values: Any) -> None:
    with atomic() as session:
        session.execute(sa.update(model).where(model.id == id_).values(**values))


def age(notification_id: int, days: float) -> None:
    """Let a notification and its event be that old."""
    created = {"created_at": after(-days * DAY)}
    change(Notification, notification_id, **created)
    event = db.session.scalar(sa.select(Notification.event_id).where(Notification.id == notification_id))
    assert event
    change(Event, event, **created)


def retention(key: str = "announcement") -> int:
    days = db.session.scalar(sa.select(NotificationType.retention_days).where(NotificationType.key == key))
    assert days
    return days


def amounts() -> tuple[int, ...]:
    return tuple(db.session.query(model).count() for model in (Notification, Event, Delivery))


def test_what_outlived_its_type_goes_with_its_deliveries_and_its_event(app: Flask, reader: Reader) -> None:
    old, young = reader.receives("Old"), reader.receives("Young")
    deliveries = db.session.query(Delivery).count()
    age(old, retention() + 1)
    age(young, retention() - 1)
    said = purge(app)
    assert said.startswith("notifications: 1\nevents: 1\n")
    assert reader.sees() == [young]
    assert tabs(reader.get())["all"] == 1
    assert amounts() == (1, 1, deliveries / 2)


def test_each_type_has_its_own_retention(app: Flask, reader: Reader, own_types: None) -> None:
    with atomic() as session:
        session.execute(sa.update(NotificationType).values(retention_days=50))
        session.execute(
            sa.update(NotificationType).where(NotificationType.key == "comment").values(retention_days=10)
        )
    comment, announcement = reader.receives("One", "comment"), reader.receives("Two")
    age(comment, 20)
    age(announcement, 20)
    purge(app)
    assert reader.sees() == [announcement]


def test_a_snoozed_one_is_kept_until_it_has_come_back(app: Flask, reader: Reader) -> None:
    notification = reader.receives()
    reader.press(f"/inbox/{notification}/snooze", **{"for": "monday"})
    age(notification, retention() + 1)
    assert purge(app).startswith("notifications: 0\nevents: 0\n")


def test_a_deleted_one_goes_when_it_cannot_be_undone_any_more(app: Flask, reader: Reader) -> None:
    first, second = reader.receives("One"), reader.receives("Two")
    for notification in (first, second):
        reader.press(f"/inbox/{notification}/delete")
    change(Notification, first, deleted_at=after(-app.config["UNDO_KEEP"] - 60))
    assert purge(app).startswith("notifications: 1\nevents: 0\n")
    assert db.session.scalars(sa.select(Notification.id)).all() == [second]


def test_an_event_that_is_not_over_stays(app: Flask, reader: Reader) -> None:
    notification = reader.receives(send_at=None, expires_at=after(DAY))
    age(notification, retention() + 1)
    assert purge(app).startswith("notifications: 1\nevents: 0\n")


def test_sessions_tokens_resets_and_keys_go_when_they_are_over(app: Flask, reader: Reader) -> None:
    over: dict[str, Any] = {"created_at": after(-9 * DAY), "expires_at": after(-60)}
    user_id = reader.user.id
    make_token(reader.user)
    make_token(reader.user, **over)
    make_token(reader.user, revoked_at=now())
    with atomic() as session:
        session.add(Session(token_hash="x", user_id=user_id, authenticated_at=now(), **over))
        session.add(PasswordReset(user_id=user_id, expires_at=after(-60)))
        session.add(PasswordReset(user_id=user_id, expires_at=after(60)))
        for key, created_at in (("old", after(-2 * DAY)), ("new", now())):
            answer = {"body_hash": "", "status": 201, "response": "{}", "created_at": created_at}
            session.add(IdempotencyKey(user_id=user_id, route="r", key=key, **answer))
    assert purge(app).splitlines()[2:] == [
        "sessions: 1", "tokens: 2", "password resets: 1", "idempotency keys: 1", "tasks: 0",
    ]  # fmt: skip
    assert db.session.query(ApiToken).count() == 1
    assert db.session.query(IdempotencyKey.key).scalar() == "new"
    assert reader.get().status_code == 200, "the session that is open stays"


def test_it_goes_in_chunks_and_ends(app: Flask, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "CHUNK_SIZE", 2)
    for _ in range(5):
        age(reader.receives(), retention() + 1)
        make_token(reader.user, expires_at=after(-60))
    assert purge(app).splitlines()[:4] == ["notifications: 5", "events: 5", "sessions: 0", "tokens: 5"]
    assert amounts() == (0, 0, 0)


def test_a_clock_purges_a_chunk_at_a_tick(
    app: Flask, reader: Reader, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CHUNK_SIZE", 1)
    for _ in range(2):
        age(reader.receives(), retention() + 1)
    db.session.commit()
    with redis.Redis.from_url(redis_url) as connection:
        keeper = Clock(connection)
        assert keeper.tick() == 0, "it has begun"
        keeper.tick()
        assert amounts()[0] == 1
        while keeper.purging:
            keeper.tick()
    assert amounts()[0] == 0


def test_two_clocks_purge_once_a_day(app: Flask, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        first, second = Clock(connection), Clock(connection)
        first.tick()
        second.tick()
        assert (first.purging is None, second.purging is None) == (False, True)
        assert 0 < connection.ttl(PURGED) <= PURGE_EVERY
