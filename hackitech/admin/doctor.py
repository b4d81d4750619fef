"""Look at each part that the site needs; say what is wrong with it and how to mend it."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from hackitech.channels.base import Technical, Temporary
from hackitech.channels.smtp_server import open_connection
from hackitech.channels.transports import check_transports
from hackitech.core.database import db
from hackitech.core.redis import patient_client
from hackitech.models.notification_type import NotificationType

START = "start everything with `make run`"
UPGRADE = "run `.venv/bin/flask --app wsgi setup`"


class Finding(NamedTuple):
    """One part's health: what there is, or what is wrong and how to mend it."""

    part: str
    well: bool
    text: str


class Ill(Exception):
    """What is wrong, and how to mend it."""


def examine() -> Iterator[Finding]:
    """Look at every part, one after the other; none keeps the next from being looked at."""
    for part, check in CHECKS.items():
        try:
            yield Finding(part, True, check())
        except Ill as ill:
            yield Finding(part, False, str(ill))


def _database() -> str:
    url = db.engine.url
    try:
        db.session.execute(sa.text("SELECT 1"))
    except SQLAlchemyError as error:
        raise Ill(f"{url.render_as_string()} does not answer ({_cause(error)}): set DATABASE_URL") from None
    return url.get_backend_name()


def _migrations() -> str:
    try:
        with db.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError:
        raise Ill("cannot be read: mend the database first") from None
    newest = ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
    if current != newest:
        raise Ill(f"the database is at {current or 'nothing'}, the program at {newest}: {UPGRADE}")
    return f"at {current}, the newest"


def _types() -> str:
    try:
        count = db.session.scalar(sa.select(sa.func.count()).select_from(NotificationType))
    except SQLAlchemyError:
        raise Ill("cannot be read: mend the database first") from None
    if not count:
        raise Ill("there are none, so nothing can be sent: run `.venv/bin/flask --app wsgi types sync`")
    return f"{count} known"


def _redis() -> str:
    url = current_app.config["REDIS_URL"]
    if not url:
        raise Ill(f"no address is known: {START}, or set REDIS_URL")
    try:
        patient_client().ping()
    except (RedisError, OSError, ValueError) as error:
        raise Ill(f"it does not answer ({_cause(error)}): {START}, or set REDIS_URL") from None
    return "answers"


def _mail() -> str:
    if not current_app.config["SMTP_URL"]:
        raise Ill(f"no address is known: {START}, or set SMTP_URL to smtp://[user:password@]host:port")
    try:
        open_connection(current_app.config).close()
    except (Temporary, Technical) as error:
        raise Ill(f"{error}: {START}, or set SMTP_URL") from None
    return "accepts connections"


def _push_keys() -> str:
    try:
        return f"there for {', '.join(check_transports())}"
    except Technical as error:
        raise Ill(f"{error}: set them right, or none of that service's to do without it") from None


def _cause(error: Exception) -> str:
    """Return the first line of what the innermost error says."""
    text = str(getattr(error, "orig", None) or error)
    return (text.splitlines() or [type(error).__name__])[0]


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "types": _types,
    "redis": _redis,
    "mail": _mail,
    "push keys": _push_keys,
}
