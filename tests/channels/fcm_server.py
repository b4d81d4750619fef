"""A real FCM on this machine: it gives tokens to a service account that it knows, and takes its messages."""

import json
import re
import secrets
import threading
import time
from collections.abc import Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.channels.push_server import Script

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


class Asked(NamedTuple):
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def refusal(status: int, code: str, **detail: Any) -> Script:
    """Return what FCM answers to a message that it refuses for this reason."""
    error = {"code": status, "message": "because", "details": [{"errorCode": code}, detail]}
    return Script(status, body=json.dumps({"error": error}).encode())


@cache
def account_key() -> rsa.RSAPrivateKey:
    """Return the service account's key, made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FcmServer:
    """Answers by `scripts`, by device, or `token_script`, where there are some, else as FCM does."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.assertions: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.scripts: dict[str, Script] = {}
        self.token_script: Script | None = None
        self.connections = 0
        self._key_id = secrets.token_hex(20)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

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
                "token_uri": f"{self.url}/token",
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


class _Server(ThreadingHTTPServer):
    owner: FcmServer
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be silent about clients that hang up: that is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.owner.connections += 1

    def do_POST(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = Asked(self.path, dict(self.headers), body)
        owner.asked.append(asked)
        if self.path == "/token":
            script, action = owner.token_script, owner.give_token
        elif self.path == "/v1/projects/hackitech/messages:send":
            script, action = owner.scripts.get(json.loads(body)["message"]["token"]), owner.take
        else:
            script, action = Script(404), owner.take
        try:
            self._answer(script or Script(200, body=action(asked)))
        except Refused as refused:
            self._answer(Script(refused.status, body=json.dumps({"error": refused.error}).encode()))

    def _answer(self, script: Script) -> None:
        time.sleep(script.delay)
        self.send_response(script.status)
        for name, value in script.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(script.body)))
        self.end_headers()
        self.wfile.write(script.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Be silent."""
