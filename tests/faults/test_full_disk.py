"""The disk is full: writing is refused, reading goes on, and nothing stays broken once there is room."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from tests.callers import Caller, make_caller
from tests.factories import make_user
from tests.faults.engine import announce, make_due, run, statuses
from tests.mail_server import MailServer
from tests.notifications.mailbox import create, listed, unread_count
from tests.services import wait_until

FullDisk = Callable[[str], AbstractContextManager[None]]
NO_ROOM = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$
"""


@contextmanager
def full_postgres(table: str) -> Iterator[None]:
    """Refuse every insert into a table, as a disk without a free block does."""
    with atomic() as session:
        session.execute(sa.text(NO_ROOM))
        session.execute(
            sa.text(f"CREATE TRIGGER no_room BEFORE INSERT ON {table} EXECUTE FUNCTION no_room()")
        )
    yield
    with atomic() as session:
        session.execute(sa.text("DROP FUNCTION no_room CASCADE"))


@contextmanager
def full_sqlite(_table: str) -> Iterator[None]:
    """Let the file grow no further, whichever connection writes."""

    def limit(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # it stops at the present size

    with closing(db.engine.raw_connection()) as raw:  # SQLAlchemy would begin a transaction
        raw.cursor().execute("VACUUM")
    sa.event.listen(db.engine, "checkout", limit)
    yield
    sa.event.remove(db.engine, "checkout", limit)
    db.session.rollback()
    db.engine.dispose()  # a connection remembers its limit, the file does not


@pytest.fixture
def full_disk(db_session: object) -> FullDisk:
    """Return what fills the disk while a block lasts, on Postgres where it writes to one table."""
    return full_postgres if db.engine.dialect.name == "postgresql" else full_sqlite


@pytest.fixture
def sender(app: Flask, db_session: object) -> Caller:
    return make_caller(app, "admin", ("read", "write", "send"))


@pytest.fixture
def remembered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have readiness remember a full disk for half a second."""
    monkeypatch.setitem(app.config, "DISK_FULL_FOR", 0.5)
    yield
    app.extensions.pop("disk_full_at", None)


def until_refused(sender: Caller) -> tuple[int, TestResponse]:
    """Create until that is refused; return how many were acknowledged, and the refusal."""
    for acknowledged in range(1000):
        response = create(sender, recipient=sender.id, message="long " * 1000)
        if response.status_code != 201:
            return acknowledged, response
    raise AssertionError("it is never full")


def count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_writing_is_refused_for_the_moment_and_reading_goes_on(
    sender: Caller, remembered: None, full_disk: FullDisk
) -> None:
    with full_disk("delivery"):
        acknowledged, refusal = until_refused(sender)
        assert (refusal.status_code, refusal.mimetype) == (503, "application/problem+json")
        assert int(refusal.headers["Retry-After"]) > 0
        assert unread_count(sender) == acknowledged
    assert (count(Event), count(Notification)) == (acknowledged, acknowledged)


def test_readiness_is_red_and_recovers_by_itself(
    sender: Caller, remembered: None, full_disk: FullDisk
) -> None:
    assert sender.get("/readyz").status_code == 200
    with full_disk("event"):
        until_refused(sender)
        ready = sender.get("/readyz")
        assert (ready.status_code, ready.get_json()["disk"]) == (503, "unavailable")
        assert "Retry-After" in ready.headers
        assert sender.get("/healthz").status_code == 200
    wait_until(lambda: sender.get("/readyz").status_code == 200, 5)


def test_once_there_is_room_all_is_as_if_nothing_had_been(
    sender: Caller, remembered: None, full_disk: FullDisk, redis_url: str, smtp_server: MailServer
) -> None:
    with full_disk("notification"):
        acknowledged, _ = until_refused(sender)
    assert create(sender, recipient=sender.id).status_code == 201
    assert unread_count(sender) == len(listed(sender, "?page_size=100")) == acknowledged + 1
    run(redis_url, "email")
    assert len(smtp_server.messages) == acknowledged + 1
    if db.engine.dialect.name == "sqlite":
        assert db.session.scalar(sa.text("PRAGMA integrity_check")) == "ok"


@pytest.mark.postgres_only
def test_what_was_accepted_and_could_not_be_recorded_goes_once_more_and_nothing_else_does(
    db_session: object, remembered: None, redis_url: str, smtp_server: MailServer
) -> None:
    announce(*[make_user().id for _ in range(5)])
    with full_postgres("delivery_attempt"), pytest.raises(sa.exc.OperationalError):
        run(redis_url, "email")
    make_due()
    run(redis_url, "email")
    assert statuses("email") == ["sent"] * 5
    message_ids = [mail.message["Message-ID"] for mail in smtp_server.messages]
    assert len(set(message_ids)) == 5
    assert len(message_ids) <= 6
