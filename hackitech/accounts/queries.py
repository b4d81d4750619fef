"""Selects about members, their sessions and their tokens."""

import datetime as dt
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from hackitech.accounts.principal import SESSION_SCOPES, Principal
from hackitech.core.database import db
from hackitech.core.errors import NotFound
from hackitech.core.pagination import Keyset
from hackitech.core.search import matches
from hackitech.models.api_token import ApiToken
from hackitech.models.password_reset import PasswordReset
from hackitech.models.session import Session
from hackitech.models.user import User

_MEMBER: tuple[Any, ...] = (
    User.id,
    User.email,
    User.name,
    User.role,
    User.locale,
    User.timezone,
    User.last_seen_at,
)
USER_COLUMNS: tuple[Any, ...] = (*_MEMBER, User.external_id, User.active, User.created_at)
TOKEN_COLUMNS: tuple[Any, ...] = (
    ApiToken.id,
    ApiToken.name,
    ApiToken.scopes,
    ApiToken.created_at,
    ApiToken.expires_at,
    ApiToken.last_used_at,
)
NEWEST_USERS = Keyset((User.id,))
NEWEST_TOKENS = Keyset((ApiToken.id,))
ERASED_ADDRESS = sa.cast(User.id, sa.String) + "@erased.invalid"
"""What stands for the address of a member who is nobody any more, until the row goes as well."""


class Credentials(NamedTuple):
    """What signing in needs to know of an account."""

    user_id: int
    password_hash: str | None


@cache
def _sessions() -> sa.Select[Any]:
    return (
        sa.select(*_MEMBER, Session.id.label("session_id"), Session.authenticated_at)
        .join(Session, Session.user_id == User.id)
        .where(
            User.active == sa.true(), Session.expires_at > sa.bindparam("now", type_=Session.expires_at.type)
        )
    )


@cache
def _tokens() -> sa.Select[Any]:
    used = ApiToken.last_used_at.label("token_used_at")
    return (
        sa.select(*_MEMBER, ApiToken.id.label("token_id"), ApiToken.scopes, used)
        .join(ApiToken, ApiToken.user_id == User.id)
        .where(
            User.active == sa.true(),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > sa.bindparam("now", type_=ApiToken.expires_at.type),
        )
    )


@cache
def _session_by_hash() -> sa.Select[Any]:
    return _sessions().where(Session.token_hash == sa.bindparam("hash"))


@cache
def _token_by_hash() -> sa.Select[Any]:
    return _tokens().where(ApiToken.token_hash == sa.bindparam("hash"))


def principal_by_session(secret_hash: str, now: dt.datetime) -> Principal | None:
    """Return who is signed in with a session, unless it is over or the member is disabled."""
    row = db.session.execute(_session_by_hash(), {"hash": secret_hash, "now": now}).mappings().first()
    return None if row is None else Principal(**row, scopes=SESSION_SCOPES[row["role"]])


def principal_by_token(secret_hash: str, now: dt.datetime) -> Principal | None:
    """Return whom an API token stands for, unless it is over, revoked, or its member disabled."""
    row = db.session.execute(_token_by_hash(), {"hash": secret_hash, "now": now}).mappings().first()
    if row is None:
        return None
    return Principal(**{**row, "scopes": _effective(row["scopes"], row["role"])})


def standing_sessions(session_ids: Collection[int], now: dt.datetime) -> dict[int, str]:
    """Return which of these sessions still stand, each with its member's language."""
    return _standing(_sessions(), Session.id, session_ids, now)


def standing_tokens(token_ids: Collection[int], now: dt.datetime) -> dict[int, str]:
    """Return which of these tokens still work, each with its member's language."""
    return _standing(_tokens(), ApiToken.id, token_ids, now)


def _standing(valid: sa.Select[Any], id_: Any, ids: Collection[int], now: dt.datetime) -> dict[int, str]:
    if not ids:
        return {}
    standing = valid.with_only_columns(id_, User.locale).where(id_.in_(list(ids)))
    return {key: locale for key, locale in db.session.execute(standing, {"now": now})}


def _effective(scopes: str, role: str) -> frozenset[str]:
    """Return a token's scopes; `admin` is void once its owner is none, whatever the token says."""
    held = frozenset(scopes.split())
    return held if role == "admin" else held - {"admin"}


def credentials(email: str) -> Credentials | None:
    """Return what to compare a password with; None where nobody may sign in under this address."""
    query = sa.select(User.id, User.password_hash).where(User.email == email, User.active == sa.true())
    row = db.session.execute(query).first()
    return None if row is None else Credentials(*row)


def get_user(user_id: int) -> sa.RowMapping:
    """Return a member's columns.

    Raises:
        NotFound
    """
    row = db.session.execute(sa.select(*USER_COLUMNS).where(User.id == user_id)).mappings().first()
    if row is None:
        raise NotFound
    return row


def id_by_external_id(external_id: str | None) -> int | None:
    """Return which member the platform knows by this id."""
    if external_id is None:
        return None
    return db.session.scalar(sa.select(User.id).where(User.external_id == external_id))


def id_by_email(email: str) -> int | None:
    """Return which member has this address, disabled ones too."""
    return db.session.scalar(sa.select(User.id).where(User.email == email))


def ids_by_email(emails: Iterable[str]) -> dict[str, int]:
    """Return which members have these addresses, by address; those that nobody has are left out."""
    found = db.session.execute(sa.select(User.email, User.id).where(User.email.in_(list(emails))))
    return {email: user_id for email, user_id in found}


def anybody() -> bool:
    """Return whether there is any member at all."""
    return db.session.scalar(sa.select(User.id).limit(1)) is not None


def has_password(user_id: int) -> bool:
    """Return whether a member has a password; without one they sign in by a link first."""
    query = sa.select(User.id).where(User.id == user_id, User.password_hash.is_not(None))
    return db.session.scalar(query) is not None


def is_last_admin(user_id: int, *, to_change: bool = False) -> bool:
    """Return whether a member is the only active admin; `to_change` keeps others from ceasing meanwhile."""
    admins = sa.select(User.id).where(User.role == "admin", User.active == sa.true()).order_by(User.id)
    if to_change:
        admins = admins.with_for_update()
    return list(db.session.scalars(admins)) == [user_id]


def erased_member() -> int | None:
    """Return one who is nobody any more, and of whom rows are left."""
    return db.session.scalar(
        sa.select(User.id).where(User.active == sa.false(), User.email == ERASED_ADDRESS).limit(1)
    )


def list_users(filters: dict[str, Any]) -> sa.Select[Any]:
    """Select members by `email`, `external_id`, `role`, `active`, and by `search` in what names them."""
    query = sa.select(*USER_COLUMNS)
    for name in ("email", "external_id", "role", "active"):
        if name in filters:
            query = query.where(getattr(User, name) == filters[name])
    if text := filters.get("search", "").strip():
        query = query.where(matches(text, User.name, User.email, User.external_id))
    return query


def tokens_of(user_id: int, now: dt.datetime) -> sa.Select[Any]:
    """Select a member's API tokens that still work."""
    return sa.select(*TOKEN_COLUMNS).where(
        ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
    )


def sessions_of(user_id: int, now: dt.datetime) -> sa.Select[Any]:
    """Select the browsers that a member is signed in with."""
    columns: tuple[Any, ...] = (Session.user_agent, Session.created_at, Session.expires_at)
    return sa.select(*columns).where(Session.user_id == user_id, Session.expires_at > now)


def count_sessions(user_id: int, now: dt.datetime) -> int:
    """Return how many browsers a member is signed in with."""
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(sessions_of(user_id, now).subquery())) or 0
    )


def get_token(token_id: int, user_id: int | None = None) -> sa.RowMapping:
    """Return one of a member's own tokens; of anybody's without `user_id`.

    Raises:
        NotFound: unknown, someone else's or revoked.
    """
    query = sa.select(*TOKEN_COLUMNS, ApiToken.user_id).where(
        ApiToken.id == token_id, ApiToken.revoked_at.is_(None)
    )
    if user_id is not None:
        query = query.where(ApiToken.user_id == user_id)
    row = db.session.execute(query).mappings().first()
    if row is None:
        raise NotFound
    return row


def open_reset(reset_id: int, now: dt.datetime) -> int:
    """Return whose password a reset may still change.

    Raises:
        NotFound: it never was, was used, or is over.
    """
    query = (
        sa.select(PasswordReset.user_id)
        .join(User, User.id == PasswordReset.user_id)
        .where(
            PasswordReset.id == reset_id,
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now,
            User.active == sa.true(),
        )
    )
    user_id = db.session.scalar(query)
    if user_id is None:
        raise NotFound
    return user_id
