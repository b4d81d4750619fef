"""A real FCM on this machine: it gives tokens to a service account that it knows, and takes its messages."""

import json
import re
import secrets
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.channels.scripted_server import Asked, Script, ScriptedServer

ACCOUNT = "notifi@hackitech.iam.gserviceaccount.example"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LARGEST = 4096
ANDROID = {"collapse_key", "ttl", "priority", "notification"}


class Refused(Exception):
    """What the service answers to what it cannot take."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


def refusal(status: int, code: str, **detail: Any) -> Script:
    """Return what FCM answers to a message that it refuses for this reason."""
    error = {"code": status, "message": "because", "details": [{"errorCode": code}, detail]}
    return Script(status, body=json.dumps({"error": error}).encode())


@cache
def account_key() -> rsa.RSAPrivateKey:
    """Return the service account's key, made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FcmServer(ScriptedServer):
    """Answers by `scripts`, by device, or `token_script`, where there are some, else as FCM does."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.assertions: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.scripts: dict[str, Script] = {}
        self.token_script: Script | None = None
        self._key_id = secrets.token_hex(20)

    def answer(self, asked: Asked) -> Script:
        """Note a request, and answer it."""
        self.asked.append(asked)
        try:
            if asked.path == "/token":
                return self.token_script or Script(200, body=self.give_token(asked))
            if asked.path == "/v1/projects/hackitech/messages:send":
                device = json.loads(asked.body)["message"]["token"]
                return self.scripts.get(device) or Script(200, body=self.take(asked))
        except Refused as refused:
            return Script(refused.status, body=json.dumps({"error": refused.error}).encode())
        return Script(404)

    @property
    def credentials(self) -> str:
        """The service account's file, as Google's console gives it."""
        private = account_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "hackitech",
                "private_key_id": self._key_id,
                "private_key": private.decode(),
                "client_email": ACCOUNT,
                "token_uri": f"{self.origin}/token",
            }
        )

    def give_token(self, asked: Asked) -> bytes:
        """Return a token for a good assertion (RFC 7523)."""
        form = parse_qs(asked.body.decode())
        if form["grant_type"] != [GRANT]:
            raise Refused(400, "unsupported_grant_type")
        try:
            claims = jwt.decode(
                form["assertion"][0],
                account_key().public_key(),
                algorithms=["RS256"],
                audience=AUDIENCE,
                issuer=ACCOUNT,
                options={"require": ["exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise Refused(401, f"invalid_grant: {error}") from None
        if claims["scope"] != SCOPE or claims["exp"] - claims["iat"] > 3600:
            raise Refused(400, "invalid_scope")
        self.assertions.append(claims)
        token = f"ya29.{len(self.assertions)}"
        self.tokens = {token}
        return json.dumps({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}).encode()

    def take(self, asked: Asked) -> bytes:
        """Take a message that is what the interface's reference says."""
        if asked.headers["Authorization"].removeprefix("Bearer ") not in self.tokens:
            raise Refused(401, "UNAUTHENTICATED")
        whole = json.loads(asked.body)
        message = whole.pop("message")
        if whole or set(message) - {"token", "notification", "data", "android"}:
            raise Refused(400, "INVALID_ARGUMENT: a field that is not known")
        check(message)
        self.messages.append(message)
        return json.dumps({"name": f"projects/hackitech/messages/{len(self.messages)}"}).encode()


def check(message: dict[str, Any]) -> None:
    """Refuse a message that FCM would refuse."""
    android = message["android"]
    content = {name: value for name, value in message.items() if name != "token"}
    wrong = [
        set(message.get("notification", ())) - {"title", "body"},
        not all(isinstance(value, str) for value in message["data"].values()),
        set(android) - ANDROID,
        not re.fullmatch(r"\d+s", android["ttl"]),
        android["priority"] not in ("NORMAL", "HIGH"),
        len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST,
    ]
    if any(wrong):
        raise Refused(400, f"INVALID_ARGUMENT {wrong}")
