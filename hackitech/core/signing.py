"""Signed tokens and links: they prove that we wrote what they say, and hide nothing of it.

A purpose is part of the signature, so that a token made for one use is worthless for another. What was
signed with a former key is accepted as long as that key is among SECRET_KEY_FALLBACKS.
"""

import datetime as dt
import hashlib
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from hackitech.core import clock
from hackitech.core.errors import NotFound

LINK_LIFETIME = dt.timedelta(days=30)
_LINK = "link"
_UNSUBSCRIBE = "unsubscribe"


class BadSignature(NotFound):
    """Nothing that we signed for this purpose; to a visitor, a page that does not exist."""


def sign(purpose: str, payload: Any) -> str:
    """Return a URL-safe token that carries `payload` (JSON types) and proves that it is ours."""
    return _text(_serializer(purpose).dumps(payload))


def unsign(purpose: str, token: str) -> Any:
    """Return the payload of a token made by `sign` for the same purpose.

    Raises:
        BadSignature: the token was altered, cut, made for another purpose or with an unknown key.
    """
    try:
        return _serializer(purpose).loads(token)
    except (BadData, ValueError, RecursionError):
        raise BadSignature from None


def sign_link(path: str, recipient_id: int) -> str:
    """Return `path` with a `signature` that proves, for 30 days, whom the link was sent to."""
    expires = int((clock.now() + LINK_LIFETIME).timestamp())
    signature = sign(_LINK, [_digest(path, recipient_id), expires])
    parts = urlsplit(path)
    query = f"{parts.query}&signature={signature}" if parts.query else f"signature={signature}"
    return urlunsplit(parts._replace(query=query))


def check_link(path: str, recipient_id: int, signature: str, now: dt.datetime) -> bool:
    """Return whether `signature` was made for this path (without it) and member, and is not over."""
    try:
        digest, expires = unsign(_LINK, signature)
    except BadSignature:
        return False
    return bool(digest == _digest(path, recipient_id) and now.timestamp() <= expires)


def unsubscribe_token(user_id: int, notification_type: str) -> str:
    """Return what an email's unsubscribe link carries; it never expires, as old mail is still read."""
    return sign(_UNSUBSCRIBE, [user_id, notification_type])


def read_unsubscribe_token(token: str) -> tuple[int, str]:
    """Return the member's id and the notification type that the token is about.

    Raises:
        BadSignature: the token is not one of ours.
    """
    user_id, notification_type = unsign(_UNSUBSCRIBE, token)
    return user_id, notification_type


def _serializer(purpose: str) -> URLSafeSerializer:
    config = current_app.config
    return _serializer_of((*config["SECRET_KEY_FALLBACKS"], config["SECRET_KEY"]), purpose)


@lru_cache(maxsize=32)
def _serializer_of(keys: tuple[str, ...], purpose: str) -> URLSafeSerializer:
    signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(keys, salt=f"hackitech.{purpose}", signer_kwargs=signer)  # the last key signs


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode("ascii")


def _digest(path: str, recipient_id: int) -> str:
    """Stand for path and member, so that the signature does not repeat them; a fragment never reaches us."""
    target = urlunsplit(urlsplit(path)._replace(fragment=""))
    return hashlib.sha256(f"{recipient_id} {target}".encode()).hexdigest()[:32]
