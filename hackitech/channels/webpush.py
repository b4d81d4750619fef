"""Web Push: encrypted for one browser (RFC 8291), handed to its maker's push service (RFC 8030)."""

import base64
import binascii
from collections.abc import Iterator
from functools import partial

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from flask import current_app

from hackitech.channels.base import Message, Outcome, Permanent, Technical, Temporary
from hackitech.channels.circuit import circuit_for
from hackitech.channels.endpoints import parse_endpoint
from hackitech.channels.http_post import Answer, Poster
from hackitech.channels.outcomes import outcome_of
from hackitech.channels.push_message import payload, time_to_live, topic
from hackitech.channels.vapid import authorization

URGENCY = {"low": "low", "normal": "normal", "high": "high", "urgent": "high"}
ACCEPTED = (200, 201, 202)
GONE = (404, 410)
BUSY = (408, 425, 429)


class WebPush:
    """The transport for browsers."""

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each, over one connection per push service."""
        with Poster(current_app.config) as poster:
            for message in messages:
                yield message, outcome_of(partial(_send, poster, message))


def check_endpoint(url: str) -> None:
    """Refuse an address that is not of a known push service.

    Raises:
        ValueError: the text says why, to follow the field's name.
    """
    parse_endpoint(url, current_app.config["PUSH_HOSTS"])


def check_keys(p256dh: str, auth: str) -> None:
    """Refuse keys that nothing could be encrypted with: a point on P-256 and 16 bytes, in base64url.

    Raises:
        ValueError: the text names the key.
    """
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh, 65))
    except ValueError:
        raise ValueError("p256dh is not a public key on the curve P-256") from None
    try:
        _decoded(auth, 16)
    except ValueError:
        raise ValueError("auth is not 16 bytes in base64url") from None


def failure_of(answer: Answer) -> Outcome:
    """Return the class of a push service's answer."""
    status, detail = answer.status, f"{answer.status} {answer.text}".strip()
    if status in ACCEPTED:
        return None
    if status in GONE:
        return Permanent(detail)
    if status in BUSY or status >= 500:
        return Temporary(detail, retry_after=answer.retry_after)
    if 300 <= status < 400:
        return Technical(f"{status} redirect refused")
    return Technical(detail)


def _send(poster: Poster, message: Message) -> None:
    device = message.address
    try:
        endpoint = parse_endpoint(device.address, current_app.config["PUSH_HOSTS"])
    except ValueError as error:
        raise Technical(f"the endpoint {error}") from None
    body = _encrypted(payload(message), device.p256dh, device.auth)
    headers = _headers(message) | {"Authorization": authorization(endpoint.origin)}
    with circuit_for(endpoint.origin).call():
        failure = failure_of(poster.post(endpoint, headers, body))
        if failure:
            raise failure


def _headers(message: Message) -> dict[str, str]:
    return {
        "TTL": str(time_to_live(message)),
        "Urgency": URGENCY[message.priority],
        "Topic": topic(message.dedupe_id),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
    }


def _encrypted(plain: bytes, p256dh: str, auth: str) -> bytes:
    ours = ec.generate_private_key(ec.SECP256R1())  # for this push only
    theirs = _decoded(p256dh, 65)
    secret = _decoded(auth, 16)
    return bytes(
        http_ece.encrypt(plain, private_key=ours, dh=theirs, auth_secret=secret, version="aes128gcm")
    )


def _decoded(text: str, length: int) -> bytes:
    try:
        found = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64url") from None
    if len(found) != length:
        raise ValueError(f"is not {length} bytes long")
    return found
