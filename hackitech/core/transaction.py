"""One transaction per use case, and the side effects that wait for its commit."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from hackitech.core.database import db, writing

log = structlog.get_logger()
_WAITING = "after_commit"
_OPEN = "atomic"


@contextlib.contextmanager
def atomic() -> Iterator[Any]:
    """Commit what the block did on `db.session`, or nothing; a nested use joins the outer one.

    It ends whatever reading there was first: `core.database.writing` says how writers begin.
    """
    session = db.session()
    if session.info.get(_OPEN):
        yield session
        return
    session.rollback()
    session.info[_OPEN] = True
    try:
        session.connection(execution_options=writing(session.get_bind().dialect))
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(_OPEN, None)


@contextlib.contextmanager
def own_connection() -> Iterator[Connection]:
    """Hold a connection apart from the session, for transactions that are many and small.

    Each is a `with connection.begin()`. On Postgres every statement commits by itself there, which takes one
    round trip instead of five: what belongs together must be one statement.
    """
    options = {} if db.engine.dialect.name == "postgresql" else writing(db.engine.dialect)
    with db.engine.connect().execution_options(**options) as connection:
        yield connection


def after_commit(effect: Callable[[], None]) -> None:
    """Run `effect` once the current transaction has committed; never if it rolls back.

    Effects must not touch the database session, and what they raise is logged, not passed on.
    """
    db.session().info.setdefault(_WAITING, []).append(effect)


@event.listens_for(Session, "after_commit")
def _run_effects(session: Session) -> None:
    for effect in session.info.pop(_WAITING, ()):
        try:
            effect()
        except Exception:
            log.exception("after_commit_effect_failed")


@event.listens_for(Session, "after_soft_rollback")
def _forget_effects(session: Session, previous: Any) -> None:
    if previous.parent is None:
        session.info.pop(_WAITING, None)
