"""Web Push: encrypted for one browser (RFC 8291), handed to its maker's push service (RFC 8030)."""

import base64
import binascii
from collections.abc import Iterator
from functools import partial
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from flask import current_app

from hackitech.channels.base import Message, Outcome, Technical, Withdrawal
from hackitech.channels.circuit import circuit_for
from hackitech.channels.endpoints import parse_endpoint
from hackitech.channels.http_post import Poster
from hackitech.channels.outcomes import outcome_of
from hackitech.channels.push_answers import failure_of
from hackitech.channels.push_message import (
    encoded,
    payload,
    time_to_live,
    topic,
    withdrawal_facts,
    withdrawal_time_to_live,
)
from hackitech.channels.vapid import authorization, vapid_public_key

URGENCY = {"low": "low", "normal": "normal", "high": "high", "urgent": "high"}
GONE = (404, 410)
SAFARI = "https://web.push.apple.com/"
"""It ends the subscription of a site whose pushes show nothing, which a withdrawal does not."""
ENCRYPTED = {"Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm"}


class WebPush:
    """The transport for browsers."""

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each, over one connection per push service."""
        with Poster(current_app.config) as poster:
            for message in messages:
                yield message, outcome_of(partial(_send, poster, message))

    def withdraw(self, withdrawals: list[Withdrawal]) -> Iterator[tuple[Withdrawal, Outcome]]:
        """Tell each browser to close what it was sent, but for those that would lose their subscription."""
        with Poster(current_app.config) as poster:
            for withdrawal in withdrawals:
                if not withdrawal.address.address.startswith(SAFARI):
                    yield withdrawal, outcome_of(partial(_withdraw, poster, withdrawal))

    def check(self) -> None:
        """Read the key pair, or make one.

        Raises:
            Technical: VAPID_PRIVATE_KEY is none.
        """
        try:
            vapid_public_key()
        except (OSError, ValueError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise Technical(f"VAPID_PRIVATE_KEY is no P-256 key ({reason}); unset, one is made") from None


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


def _send(poster: Poster, message: Message) -> None:
    _post(poster, message.address, _headers(message), payload(message))


def _withdraw(poster: Poster, withdrawal: Withdrawal) -> None:
    # Under the same topic, so that it takes the place of a push that still waits for its browser.
    headers = {
        "TTL": str(withdrawal_time_to_live()),
        "Urgency": URGENCY["normal"],
        "Topic": topic(withdrawal.dedupe_id),
    }
    _post(poster, withdrawal.address, headers, encoded(withdrawal_facts(withdrawal)))


def _post(poster: Poster, device: Any, headers: dict[str, str], plain: bytes) -> None:
    try:
        endpoint = parse_endpoint(device.address, current_app.config["PUSH_HOSTS"])
    except ValueError as error:
        raise Technical(f"the endpoint {error}") from None
    body = _encrypted(plain, device.p256dh, device.auth)
    headers = ENCRYPTED | headers | {"Authorization": authorization(endpoint.origin)}
    with circuit_for(endpoint.origin).call():
        failure = failure_of(poster.post(endpoint, headers, body), GONE)
        if failure:
            raise failure


def _headers(message: Message) -> dict[str, str]:
    return {
        "TTL": str(time_to_live(message)),
        "Urgency": URGENCY[message.priority],
        "Topic": topic(message.dedupe_id),
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
