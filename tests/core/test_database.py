"""Connections to Postgres: what they keep from one use to the next, and those that broke meanwhile."""

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core import database
from hackitech.core.database import db, engine_options
from tests.database import writing_connection

pytestmark = pytest.mark.postgres_only
BACKEND = sa.text("SELECT pg_backend_pid()")


@pytest.fixture
def engine(app: Flask) -> Iterator[sa.Engine]:
    """An engine whose pool holds one connection."""
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
        options = {**engine_options(url, app.config), "pool_size": 1, "max_overflow": 0}
        made = sa.create_engine(url, **options)
        yield made
        made.dispose()


def backend_of(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(BACKEND).scalar_one())


def test_one_that_broke_while_it_rested_is_replaced_unseen(
    engine: sa.Engine, db_session: sa.orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "RESTED", 0.0)
    before = backend_of(engine)
    assert backend_of(engine) == before
    db_session.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
    assert backend_of(engine) != before


def test_one_that_is_in_use_all_the_time_is_asked_nothing(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend_of(engine)
    said: list[str] = []

    def listen(self: psycopg.Connection, query: str) -> None:
        said.append(query)

    monkeypatch.setattr(psycopg.Connection, "execute", listen)
    backend_of(engine)
    assert said == []
    monkeypatch.setattr(database, "RESTED", 0.0)
    backend_of(engine)
    assert said == ["SELECT 1"]


def test_what_is_asked_often_stays_prepared(engine: sa.Engine) -> None:
    for _ in range(10):
        backend_of(engine)
    prepared = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%pg_backend_pid%'")
    with engine.connect() as connection:
        assert connection.execute(prepared).scalar_one() == 1


def test_only_who_writes_has_a_transaction(engine: sa.Engine) -> None:
    transaction = sa.text("SELECT pg_current_xact_id()")
    with engine.connect() as reading:
        first, second = (reading.execute(transaction).scalar_one() for _ in "12")
    assert first != second
    with writing_connection(engine) as connection:
        first, second = (connection.execute(transaction).scalar_one() for _ in "12")
    assert first == second
