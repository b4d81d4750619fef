"""Members and their API tokens: create, change, revoke."""

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError

from hackitech.accounts import queries
from hackitech.accounts.passwords import check_strength, hash_password
from hackitech.accounts.sessions import end_sessions
from hackitech.accounts.tokens import digest, new_token
from hackitech.core.clock import after, now, time_text
from hackitech.core.database import db
from hackitech.core.errors import Conflict, Invalid
from hackitech.core.i18n import N_
from hackitech.core.publish import publish_signed_out
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.audit import record_audit
from hackitech.models.user import User
from hackitech.notifications.notify import notify

DAY = 86400.0
LONGEST_TOKEN = 365 * DAY
OWN_SCOPES = ("read", "write")
"""What every member may give a token."""
ADMIN_SCOPES = {"send", "admin"}
OWN_STANDING = N_("Nobody changes their own role, or suspends themselves. Ask another administrator.")
LAST_ADMIN = N_("This is the only administrator left. Make somebody else one first.")
TAKEN = N_("Another member has this email address or external_id.")

Values = Mapping[str, Any]


class NewToken(NamedTuple):
    """An API token, shown this once."""

    id: int
    token: str
    expires_at: dt.datetime


def save_user(values: Values, actor_id: int | None) -> tuple[int, bool]:
    """Create a member, or update the one whose `external_id` is known; return the id and whether it is new.

    `values`: email, and where given name, external_id, role, locale, timezone, active, password.

    Raises:
        Conflict: the email address is somebody else's.
        Invalid: the password is too weak.
    """
    known = queries.id_by_external_id(values.get("external_id"))
    if known is not None:
        update_user(known, values, actor_id)
        return known, False
    return create_user(values, actor_id), True


def create_user(values: Values, actor_id: int | None) -> int:
    """Create a member of these `values`, as `save_user` takes them, and return the id.

    Raises:
        Conflict: the email address or external_id is somebody else's.
        Invalid: the password is too weak.
    """
    new_hash = _hash_of(values, {"name": "", **values})
    columns = {"name": _name_in(values["email"])} | {k: v for k, v in values.items() if k != "password"}
    with _unique(), atomic() as session:
        user = User(**columns, password_hash=new_hash, created_at=now())
        session.add(user)
        session.flush()
        record_audit(actor_id, "user.create", "user", user.id, None, columns)
        return user.id


def update_user(user_id: int, values: Values, actor_id: int | None) -> None:
    """Change a member's columns, and the password where `values` holds one, as an admin does.

    A new role, a new password or being disabled ends the member's sessions.

    Raises:
        NotFound, Invalid
        Conflict: the email address is somebody else's, or one's own role or the last admin's would change.
    """
    new_hash = _hash_of(values, {**queries.get_user(user_id), **values})
    with _unique(), atomic() as session:
        before = queries.get_user(user_id)
        changed = {k: v for k, v in values.items() if k != "password" and before[k] != v}
        if {"role", "active"} & set(changed):
            _check_standing(user_id, actor_id)
        if changed:
            session.execute(sa.update(User).where(User.id == user_id).values(changed))
            record_audit(actor_id, "user.update", "user", user_id, {k: before[k] for k in changed}, changed)
        if new_hash:
            record_audit(actor_id, "user.set_password", "user", user_id, None, None)
            store_password(user_id, new_hash)
        if "role" in changed or changed.get("active") is False:
            end_sessions(user_id)
        if before["role"] == "admin" and "role" in changed:
            _revoke_admin_tokens(user_id)


def _check_standing(user_id: int, actor_id: int | None) -> None:
    """Keep administrators from shutting themselves out, or everybody."""
    if user_id == actor_id:
        raise Conflict(OWN_STANDING)
    if queries.is_last_admin(user_id, to_change=True):
        raise Conflict(LAST_ADMIN)


def update_profile(user_id: int, values: Values) -> None:
    """Change what members change themselves: name, locale, timezone."""
    with atomic() as session:
        if values:
            session.execute(sa.update(User).where(User.id == user_id).values(dict(values)))


def store_password(user_id: int, new_hash: str) -> None:
    """Set a password, end the member's sessions and tell the member, in the caller's transaction.

    API tokens stay: they were made on purpose, and each can be revoked.
    """
    db.session.execute(sa.update(User).where(User.id == user_id).values(password_hash=new_hash))
    end_sessions(user_id)
    notify(
        "account_security_alert",
        recipients=[user_id],
        params={"alert": "password_changed", "happened_at": now().isoformat()},
        action_url="/reset",
    )


def create_token(
    user_id: int, name: str, scopes: Iterable[str], lifetime: float | None = None, actor_id: int | None = None
) -> NewToken:
    """Make an API token; `lifetime` is in seconds, a setting unless given, a year at the most.

    Raises:
        Invalid: it would live too long, or hold `admin` while its owner is none.
    """
    seconds = current_app.config["TOKEN_LIFETIME"] if lifetime is None else lifetime
    if not 0 < seconds <= LONGEST_TOKEN:
        raise Invalid({"expires_in_days": ["A token lives a year at the most."]})
    held, secret = set(scopes), new_token()
    with atomic():
        if "admin" in held and queries.get_user(user_id)["role"] != "admin":
            raise Invalid({"scopes": ["Only an admin's token can hold the scope admin."]})
        row = _add_token(user_id, name, held, secret, after(seconds))
        if held & ADMIN_SCOPES or actor_id not in (None, user_id):
            given = {
                "user": user_id,
                "name": name,
                "scopes": row.scopes,
                "expires_at": time_text(row.expires_at),
            }
            record_audit(actor_id, "token.create", "api_token", row.id, None, given)
        return NewToken(row.id, secret, row.expires_at)


def _add_token(user_id: int, name: str, scopes: set[str], secret: str, expires_at: dt.datetime) -> ApiToken:
    row = ApiToken(
        user_id=user_id,
        name=name,
        token_hash=digest(secret),
        scopes=" ".join(sorted(scopes)),
        created_at=now(),
        expires_at=expires_at,
    )
    db.session.add(row)
    db.session.flush()
    return row


def revoke_token(token_id: int, user_id: int) -> None:
    """Make a member's own token worthless, in every process at once.

    Raises:
        NotFound: unknown, someone else's, or revoked already.
    """
    with atomic():
        queries.get_token(token_id, user_id)
        _revoke(token_id, user_id)


def revoke_anybodys_token(token_id: int, admin_id: int) -> None:
    """Make a token worthless, whosever it is, as an admin does.

    Raises:
        NotFound: unknown or revoked already.
    """
    with atomic():
        token = queries.get_token(token_id)
        before = {"user": token["user_id"], "name": token["name"], "scopes": token["scopes"]}
        record_audit(admin_id, "token.revoke", "api_token", token_id, before, None)
        _revoke(token_id, token["user_id"])


def _revoke(token_id: int, user_id: int) -> None:
    db.session.execute(sa.update(ApiToken).where(ApiToken.id == token_id).values(revoked_at=now()))
    publish_signed_out(user_id)


def _revoke_admin_tokens(user_id: int) -> None:
    """Revoke what only an admin could make, of somebody who is none any more."""
    powerful = sa.or_(*(ApiToken.scopes.contains(scope) for scope in sorted(ADMIN_SCOPES)))
    own = (ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), powerful)
    db.session.execute(sa.update(ApiToken).where(*own).values(revoked_at=now()))


def _name_in(email: str) -> str:
    return email.partition("@")[0][:100]


def _hash_of(values: Values, person: Values) -> str | None:
    """Return the hash of the password among `values`, if any, once it is strong enough for that person."""
    password = values.get("password")
    if password is None:
        return None
    check_strength(password, (person["email"], person["name"]))
    db.session.rollback()  # hashing takes a while: hold no connection
    return hash_password(password)


@contextlib.contextmanager
def _unique() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise Conflict(TAKEN) from None
