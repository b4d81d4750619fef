"""Databases for tests: migrated once, copied where one is needed, emptied between tests."""

import shutil
import sqlite3
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from hackitech.core.database import Base, writing
from tests.services import PostgresServer

# What `types sync` wrote once for all tests.
CATALOGUE = ("notification_type", "type_channel", "template_version")


class Databases(Protocol):
    """Where databases come from; both kinds look the same to a test."""

    template_url: str

    def copy(self) -> str:
        """Return the address of a fresh copy of the template, which nobody may be connected to."""


class SqliteDatabases:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self.template_url = f"sqlite:///{folder / 'template.db'}"

    def copy(self) -> str:
        path = self._folder / f"copy-{next(self._numbers)}.db"
        shutil.copy(self._folder / "template.db", path)
        return f"sqlite:///{path}"


class PostgresDatabases:
    """Databases of one server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = count()
        self.template_url = _psycopg(server.create("notifi_template"))

    def copy(self) -> str:
        name = f"copy_{next(self._numbers)}"
        return _psycopg(self._server.create(name, template="notifi_template"))


def _psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def writing_connection(engine: sa.Engine) -> sa.Connection:
    """Connect as whoever writes does: with a transaction, which ends undone unless it is committed."""
    return engine.connect().execution_options(**writing(engine.dialect))


def delete_all_rows(engine: sa.Engine, keep: Iterable[str] = CATALOGUE) -> None:
    """Empty every table that has rows, but for those to keep; triggers and foreign keys rest meanwhile."""
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in keep]
    question = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names
    )
    with writing_connection(engine) as engaged:
        connection = engaged.connection
        cursor = connection.cursor()
        cursor.execute(question)
        filled = [name for (name,) in cursor.fetchall()]
        if isinstance(connection.driver_connection, sqlite3.Connection):
            _empty_sqlite(connection.driver_connection, filled)
        elif filled:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name in filled:
                cursor.execute(f'DELETE FROM "{name}"')
        connection.commit()


def _empty_sqlite(connection: sqlite3.Connection, names: list[str]) -> None:
    """Empty tables; their own triggers go meanwhile, since SQLite cannot switch them off."""
    marks = ",".join("?" * len(names))
    triggers = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})", names
    ).fetchall()
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    for name, _ in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    for name in names:
        connection.execute(f'DELETE FROM "{name}"')
    for _, statement in triggers:
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("PRAGMA foreign_keys = ON")
