"""Alembic's environment: the application's engine and models, on SQLite and Postgres alike."""

import contextlib
import importlib
import pkgutil
from collections.abc import Iterator

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

import hackitech.models
from hackitech.core.database import db, writing

for module in pkgutil.iter_modules(hackitech.models.__path__):
    importlib.import_module(f"hackitech.models.{module.name}")


@contextlib.contextmanager
def without_cascades(connection: Connection) -> Iterator[None]:
    """Keep SQLite from deleting what refers to a table when a migration drops the old one to rebuild it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    sqlite = connection.connection.driver_connection  # within a transaction the pragma does nothing
    sqlite.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        sqlite.execute("PRAGMA foreign_keys = ON")


def run_migrations() -> None:
    """Run each migration in a transaction of its own."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, without_cascades(connection):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.commit()
        connection = connection.execution_options(**writing(connection.dialect))
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
