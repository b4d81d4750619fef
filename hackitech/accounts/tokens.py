"""Secrets that stand for a member: handed out once, stored as a hash only."""

import hashlib
import secrets

PREFIX = "ntf_"
_BYTES = 32


def new_token() -> str:
    """Return a new API token; the prefix lets scanners find a leaked one."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def new_session_secret() -> str:
    """Return what a session cookie holds."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """Return what is stored of a secret; it is random enough that a plain hash cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
