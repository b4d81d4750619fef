"""How the database finds a page of the log: along an index, and never further than a page may look."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.notifications import log_queries, log_service
from hackitech.notifications.log_filters import LogFilters
from hackitech.notifications.log_queries import log_page
from tests.factories import make_user
from tests.notifications.crowd import analyse, fill
from tests.notifications.statements import explain, watched

MINE, THEIRS, LOOKED_AT, SIZE = 300, 20_000, 1_000, 50
STEPS, TICK = 80, 100
"""So many instructions SQLite may need for a row that it looks at; they are counted by so many at once."""
NOTHING: dict[str, Any] = {"search": "nowhere", "statuses": ("technical-failure",), "topic": "none"}


@pytest.fixture
def somebody(app: Flask, db_session: object, monkeypatch: pytest.MonkeyPatch) -> int:
    """A member whose notifications lie below 20,000 newer ones of another."""
    monkeypatch.setattr(log_queries, "LOOKED_AT", LOOKED_AT)
    monkeypatch.setattr(log_service, "CHUNK", 100)
    member, other = make_user(), make_user()
    fill(member.id, MINE)
    for _ in range(20):  # not all at one moment
        fill(other.id, THEIRS // 20)
    if db.engine.dialect.name == "postgresql":
        analyse()
    return member.id


def asked(member: int) -> dict[str, LogFilters]:
    event = db.session.scalar(sa.select(sa.func.min(Event.id)))
    newest = db.session.scalar(sa.select(sa.func.max(Event.id)))
    assert newest is not None
    return {
        "everything": LogFilters(),
        "nothing that there is": LogFilters(**NOTHING),
        "a time": LogFilters(created_after=after(-3600), created_before=after(3600), **NOTHING),
        "a member's": LogFilters(recipient_id=member),
        "nothing of a member": LogFilters(recipient_id=member, **NOTHING),
        "much of another": LogFilters(recipient_id=member + 1),
        "nothing of another": LogFilters(recipient_id=member + 1, **NOTHING),
        "a message's": LogFilters(event_id=event, statuses=("delivered",)),
        "a member's of a message": LogFilters(event_id=newest, recipient_id=member, **NOTHING),
    }


def test_no_page_looks_at_more_than_it_may(somebody: int):
    for name, filters in asked(somebody).items():
        first = log_page(db.session(), filters, None, SIZE)
        for cursor in {None, first.next}:
            with watched() as statements:
                log_page(db.session(), filters, cursor, SIZE)
            for statement, parameters in statements:
                check(name, statement, parameters)


def test_no_step_of_an_export_looks_at_more_than_it_may(somebody: int):
    for name, filters in asked(somebody).items():
        if name.endswith("another"):
            continue  # a file reads a mailbox as a whole
        first, last = log_queries.span(db.session(), filters)
        with watched() as statements:
            log_queries.span(db.session(), filters)
            log_service._next_rows(db.session(), filters, first - 1, last)
        for statement, parameters in statements:
            check(name, statement, parameters)


def check(name: str, statement: str, parameters: Any) -> None:
    """Check that a statement looks at few rows: Postgres says how many, SQLite counts the steps it took."""
    if db.engine.dialect.name == "sqlite":
        assert steps_of(statement, parameters) <= STEPS * (LOOKED_AT + MINE), (name, statement)
        return
    for access in explain(statement, parameters):
        looked_at = re.search(r"(\d+) rows looked at", access)
        assert looked_at and int(looked_at[1]) <= LOOKED_AT + MINE, (name, access, statement)


def steps_of(statement: str, parameters: Any) -> int:
    """Run a statement, and return how many instructions of its virtual machine SQLite needed."""
    ticks: list[None] = []
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: ticks.append(None), TICK)
        try:
            connection.exec_driver_sql(statement, parameters).all()
        finally:
            driver.set_progress_handler(None, 0)
    return len(ticks) * TICK


def test_the_rows_are_those_that_there_are(somebody: int):
    page = log_page(db.session(), LogFilters(recipient_id=somebody), None, SIZE)
    newest = sa.select(Notification.id).where(Notification.recipient_id == somebody)
    assert [row.id for row in page.rows] == list(
        db.session.scalars(newest.order_by(Notification.id.desc()).limit(SIZE))
    )
