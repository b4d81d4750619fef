"""A real push service on this machine, and a browser that decrypts what it was sent."""

import base64
import json
import secrets
import ssl
import time
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.jwt import decode

from tests.channels.scripted_server import Asked, Script, ScriptedServer


class Browser:
    """A subscription with its private half."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._secret = secrets.token_bytes(16)
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.p256dh = _encode(point)
        self.auth = _encode(self._secret)

    def read(self, push: Asked) -> dict[str, Any]:
        """Decrypt a push, as only this browser can."""
        plain = http_ece.decrypt(
            push.body, private_key=self._private, auth_secret=self._secret, version="aes128gcm"
        )
        found: dict[str, Any] = json.loads(plain)
        return found


class PushServer(ScriptedServer):
    """Answers 201 to what is signed for it, 401 to what is not, and by `scripts` where a path has one."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.pushes: list[Asked] = []
        self.scripts: dict[str, Script] = {}

    def answer(self, asked: Asked) -> Script:
        """Note a push, and answer it."""
        self.pushes.append(asked)
        return self.scripts.get(asked.path) or Script(201 if self.accepts(asked) else 401)

    def accepts(self, push: Asked) -> bool:
        """Return whether the push is signed for this server, and not for ever."""
        claims = self.claims(push)
        return bool(claims["aud"] == self.origin and time.time() < claims["exp"] <= time.time() + 86400)

    def claims(self, push: Asked) -> dict[str, Any]:
        """Return who the push says it is from; it must be signed by the key that it names."""
        authorization = push.headers["Authorization"]
        assert Vapid02.verify(authorization)
        parts = dict(part.split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
        found: dict[str, Any] = decode(parts["t"], parts["k"])
        return found | {"key": parts["k"]}


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
