"""Alembic's environment: the application's engine and models, on SQLite and Postgres alike."""

import importlib
import pkgutil

from alembic import context
from flask import current_app

import hackitech.models
from hackitech.core.database import db

for module in pkgutil.iter_modules(hackitech.models.__path__):
    importlib.import_module(f"hackitech.models.{module.name}")


def run_migrations() -> None:
    """Run each migration in a transaction of its own."""
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.commit()
        connection = connection.execution_options(write=True)
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
