"""The declarative base, column types that both databases share, and how connections are set up."""

import datetime as dt
import sqlite3
import time
from typing import Any, cast

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import Pool

from hackitech.core.text import fold

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
MAX_ID = 2**63 - 1
RESTED = 1.0
"""Seconds after which a pooled connection is asked whether it still works: asking costs a round trip."""

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware UTC time on both databases; SQLite forgets the zone, so it is put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)
    __abstract__ = True


def table(model: type[Base]) -> sa.Table:
    """Return a model's table: statements on it skip the ORM, which hot paths and sets do without."""
    return cast(sa.Table, model.__table__)


def chosen_by(session: Any, column: Any, chunk: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """Return `column IN (chunk)`, as an array on Postgres.

    It then reads the chunk once, whatever its LIMIT and locks, and finds the rows by their index.
    """
    if session.get_bind().dialect.name == "postgresql":
        ids = sa.func.array(chunk.scalar_subquery(), type_=sa.ARRAY(column.type))
        return cast(sa.ColumnElement[bool], column == sa.any_(ids))
    return cast(sa.ColumnElement[bool], column.in_(chunk.scalar_subquery()))


def rows_changed(session: Any, statement: Any, params: dict[str, Any] | None = None) -> int:
    """Run an UPDATE, DELETE or INSERT and return how many rows it concerned: the check of a guarded move."""
    options = {"synchronize_session": False, "preserve_rowcount": True}
    result = session.execute(statement, params, execution_options=options)
    return int(result.rowcount)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def engine_options(url: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the options for `create_engine` that suit this database."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": config["LOCK_WAIT_SQLITE"], "check_same_thread": False}}
    milliseconds = {
        "statement_timeout": config["SQL_TIMEOUT"],
        "lock_timeout": config["LOCK_WAIT"],
        "idle_in_transaction_session_timeout": 60,
    }
    options = " ".join(f"-c {name}={int(value * 1000)}" for name, value in milliseconds.items())
    return {
        "connect_args": {"options": options + " -c timezone=UTC", "connect_timeout": 5},
        "isolation_level": "AUTOCOMMIT",
        "pool_use_lifo": True,  # each connection has statements of its own prepared
        "pool_timeout": config["POOL_WAIT"],
        "pool_size": config["POOL_SIZE"],
        "max_overflow": config["POOL_SIZE"],
    }


def writing(dialect: Dialect) -> dict[str, Any]:
    """Return the execution options of a connection that is to write.

    SQLite takes its lock at the beginning then, where waiting works. On Postgres those who only read have no
    transaction: each statement sees a snapshot of its own even in one, while beginning and ending one costs
    two round trips, and a rollback makes psycopg forget what it has prepared.
    """
    return {"isolation_level": "READ COMMITTED"} if dialect.name == "postgresql" else {"write": True}


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("fold", 1, lambda text: text and fold(text), deterministic=True)


@event.listens_for(Pool, "checkin")
def _begin_rest(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _ask_after_rest(connection: Any, record: Any, _proxy: Any) -> None:
    """Replace a Postgres connection that broke while it rested, and all that are as old."""
    now = time.monotonic()
    if isinstance(connection, sqlite3.Connection) or now - record.info.get("rests_since", now) < RESTED:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as broken:
        raise InvalidatePoolError from broken


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
