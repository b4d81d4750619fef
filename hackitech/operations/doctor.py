"""Look at each part that the site needs; say what is wrong with it and how to mend it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

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
from hackitech.core.i18n import N_
from hackitech.core.redis import patient_client
from hackitech.models.notification_type import NotificationType

START = N_("start everything with `make run`")
START_OR_REDIS = N_("start everything with `make run`, or set REDIS_URL")
START_OR_SMTP = N_("start everything with `make run`, or set SMTP_URL")
SET_KEYS = N_("set them right, or none of that service's to do without it")
UPGRADE = N_("run `.venv/bin/flask --app wsgi setup`")


class Words(NamedTuple):
    """What is said of a part: English msgids, `values` for their holes."""

    text: str
    values: Mapping[str, Any] = {}
    remedy: str = ""
    """How to mend it."""


class Ill(Exception):
    """What is wrong, and how to mend it; `kind` is "error", or "warning" for what only wants watching."""

    def __init__(self, text: str, remedy: str, kind: str = "error", **values: Any) -> None:
        super().__init__(text)
        self.words = Words(text, values, remedy)
        self.kind = kind


class Finding(NamedTuple):
    """One part's health: what there is, or what is wrong and how to mend it."""

    part: str
    kind: str
    """`ok`, `warning` or `error`."""
    words: Words

    @property
    def well(self) -> bool:
        """Whether there is nothing to do."""
        return self.kind == "ok"

    @property
    def sentence(self) -> str:
        """Return it in English, for a terminal."""
        text = self.words.text % self.words.values
        return f"{text}: {self.words.remedy}" if self.words.remedy else text


Check = Callable[[], Words]
"""Raises Ill."""


def examine() -> Iterator[Finding]:
    """Look at every part that a command can see, one after the other."""
    for part, check in CHECKS.items():
        yield look_at(part, check)


def look_at(part: str, check: Check) -> Finding:
    """Carry out one check."""
    try:
        return Finding(part, "ok", check())
    except Ill as ill:
        return Finding(part, ill.kind, ill.words)


def check_database() -> Words:
    """Ask the database something."""
    url = db.engine.url
    try:
        db.session.execute(sa.text("SELECT 1"))
    except SQLAlchemyError as error:
        address, cause = url.render_as_string(), _cause(error)
        text = N_("%(address)s does not answer (%(cause)s)")
        raise Ill(text, N_("set DATABASE_URL"), address=address, cause=cause) from None
    return Words("%(name)s", {"name": url.get_backend_name()})


def check_migrations() -> Words:
    """Compare what the database is with what the program expects."""
    try:
        with db.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError:
        raise Ill(N_("cannot be read"), N_("mend the database first")) from None
    newest = ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
    if current != newest:
        text = N_("the database is at %(current)s, the program at %(newest)s")
        raise Ill(text, UPGRADE, current=current or "nothing", newest=newest)
    return Words(N_("at %(current)s, the newest"), {"current": current})


def check_types() -> Words:
    """Count the types."""
    try:
        count = db.session.scalar(sa.select(sa.func.count()).select_from(NotificationType))
    except SQLAlchemyError:
        raise Ill(N_("cannot be read"), N_("mend the database first")) from None
    if not count:
        text, remedy = (
            N_("there are none, so nothing can be sent"),
            N_("run `.venv/bin/flask --app wsgi types sync`"),
        )
        raise Ill(text, remedy)
    return Words(N_("%(count)s known"), {"count": count})


def check_redis() -> Words:
    """Ping Redis."""
    if not current_app.config["REDIS_URL"]:
        raise Ill(N_("no address is known"), START_OR_REDIS)
    try:
        patient_client().ping()
    except (RedisError, OSError, ValueError) as error:
        raise Ill(N_("it does not answer (%(cause)s)"), START_OR_REDIS, cause=_cause(error)) from None
    return Words(N_("answers"))


def check_mail() -> Words:
    """Connect to the mail server, as one would to send."""
    if not current_app.config["SMTP_URL"]:
        remedy = N_("start everything with `make run`, or set SMTP_URL to smtp://[user:password@]host:port")
        raise Ill(N_("no address is known"), remedy)
    try:
        open_connection(current_app.config).close()
    except (Temporary, Technical) as error:
        raise Ill("%(cause)s", START_OR_SMTP, cause=str(error)) from None
    return Words(N_("accepts connections"))


def _push_keys() -> Words:
    try:
        return Words("there for %(kinds)s", {"kinds": ", ".join(check_transports())})
    except Technical as error:
        raise Ill("%(cause)s", SET_KEYS, cause=str(error)) from None


def _cause(error: Exception) -> str:
    """Return the first line of what the innermost error says."""
    text = str(getattr(error, "orig", None) or error)
    return (text.splitlines() or [type(error).__name__])[0]


CHECKS: dict[str, Check] = {
    "database": check_database,
    "migrations": check_migrations,
    "types": check_types,
    "redis": check_redis,
    "mail": check_mail,
    "push keys": _push_keys,
}
