"""What tests are about: members, their tokens, and browsers that are signed in.

Everything is written straight into the database, for speed; call it inside an application context.
"""

from collections.abc import Iterable
from functools import cache
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from hackitech.accounts.loader import session_cookie
from hackitech.accounts.passwords import hash_password
from hackitech.accounts.sessions import begin_session
from hackitech.accounts.tokens import digest, new_token
from hackitech.core.clock import after, now
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.user import User

PASSWORD = "velvet lantern orbit 42"
_numbers = count(1)


@cache
def password_hash(password: str = PASSWORD) -> str:
    """Return a hash that was made once: hashing is slow on purpose."""
    return hash_password(password)


def make_user(role: str = "member", **columns: Any) -> User:
    """Store a member who may sign in with `PASSWORD`."""
    number = next(_numbers)
    values = {
        "email": f"member{number}@example.org",
        "name": f"Member {number}",
        "role": role,
        "locale": "en",
        "timezone": "Europe/Paris",
        "password_hash": password_hash(),
        "active": True,
        "created_at": now(),
        "last_seen_at": now(),
        **columns,
    }
    with atomic() as session:
        user = User(**values)
        session.add(user)
        session.flush()  # within a larger transaction its id is asked for at once
    return user


def make_token(user: User, scopes: Iterable[str] = ("read", "write"), **columns: Any) -> str:
    """Store an API token and return its secret."""
    secret = new_token()
    values = {"name": "Test", "created_at": now(), "expires_at": after(3600), **columns}
    with atomic() as session:
        session.add(ApiToken(user_id=user.id, token_hash=digest(secret), scopes=" ".join(scopes), **values))
    return secret


def bearer(user: User, *scopes: str) -> dict[str, str]:
    """Return the header of a caller with these scopes; read and write unless said otherwise."""
    return {"Authorization": f"Bearer {make_token(user, scopes or ('read', 'write'))}"}


def sign_in(client: FlaskClient, user: User) -> None:
    """Give a client a session of this member, as if the password had been typed."""
    with atomic():
        new = begin_session(user.id, "test browser")
    client.set_cookie(session_cookie(), new.secret)


def same_origin(client: FlaskClient, base_url: str = "http://localhost") -> dict[str, str]:
    """Return the headers that prove that a page of ours sends an unsafe request."""
    with client.session_transaction(base_url=base_url) as session:
        raw = session.setdefault("csrf_token", "0" * 40)
    return {"X-CSRFToken": csrf_token(client.application, raw), "Sec-Fetch-Site": "same-origin"}


def csrf_token(app: Flask, raw: str) -> str:
    """Return the token that flask-wtf gives to the session that holds `raw`."""
    return str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw))
