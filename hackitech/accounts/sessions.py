"""Begin and end sessions, inside the caller's transaction."""

import datetime as dt
from typing import NamedTuple

import sqlalchemy as sa
from flask import current_app

from hackitech.accounts.tokens import digest, new_session_secret
from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.publish import publish_signed_out
from hackitech.models.session import Session

_USER_AGENT_LENGTH = 200


class NewSession(NamedTuple):
    """What the browser is given; the secret is stored nowhere else."""

    secret: str
    expires_at: dt.datetime


def begin_session(user_id: int, user_agent: str, replaces: int | None = None) -> NewSession:
    """Open a session under a new secret; the one that it replaces, and those that are over, go."""
    started = now()
    new = NewSession(new_session_secret(), after(current_app.config["SESSION_LIFETIME"]))
    over = sa.and_(Session.user_id == user_id, Session.expires_at <= started)
    db.session.execute(sa.delete(Session).where(sa.or_(Session.id == replaces, over)))
    db.session.add(
        Session(
            token_hash=digest(new.secret),
            user_id=user_id,
            user_agent=user_agent[:_USER_AGENT_LENGTH].replace("\x00", ""),
            created_at=started,
            authenticated_at=started,
            expires_at=new.expires_at,
        )
    )
    return new


def end_session(session_id: int, user_id: int) -> None:
    """Close one session of a member, its streams included."""
    db.session.execute(sa.delete(Session).where(Session.id == session_id, Session.user_id == user_id))
    publish_signed_out(user_id)


def end_sessions(user_id: int) -> None:
    """Close all sessions of a member, their streams included."""
    db.session.execute(sa.delete(Session).where(Session.user_id == user_id))
    publish_signed_out(user_id)
