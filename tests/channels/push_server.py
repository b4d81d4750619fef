"""A real push service on this machine, and a browser that decrypts what it was sent."""

import base64
import json
import secrets
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.jwt import decode


@dataclass
class Push:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """What to answer on one path."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0
    trickle: bool = False


class Browser:
    """A subscription with its private half."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._secret = secrets.token_bytes(16)
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.p256dh = _encode(point)
        self.auth = _encode(self._secret)

    def read(self, push: Push) -> dict[str, Any]:
        """Decrypt a push, as only this browser can."""
        plain = http_ece.decrypt(
            push.body, private_key=self._private, auth_secret=self._secret, version="aes128gcm"
        )
        found: dict[str, Any] = json.loads(plain)
        return found


class PushServer:
    """Answers 201 to what is signed for it, 401 to what is not, and by `scripts` where a path has one."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pushes: list[Push] = []
        self.scripts: dict[str, Script] = {}
        self.connections = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.scheme = "https" if tls else "http"
        self.name = "localhost" if tls else "127.0.0.1"
        self.host = f"{self.name}:{self._server.server_port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def accepts(self, push: Push) -> bool:
        """Return whether the push is signed for this server, and not for ever."""
        claims = self.claims(push)
        return bool(claims["aud"] == self.origin and time.time() < claims["exp"] <= time.time() + 86400)

    def claims(self, push: Push) -> dict[str, Any]:
        """Return who the push says it is from; it must be signed by the key that it names."""
        authorization = push.headers["Authorization"]
        assert Vapid02.verify(authorization)
        parts = dict(part.split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
        found: dict[str, Any] = decode(parts["t"], parts["k"])
        return found | {"key": parts["k"]}


class _Server(ThreadingHTTPServer):
    owner: PushServer
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
        push = Push(self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
        owner.pushes.append(push)
        script = owner.scripts.get(self.path) or Script(201 if owner.accepts(push) else 401)
        time.sleep(script.delay)
        self.send_response(script.status)
        for name, value in script.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(script.body)))
        self.end_headers()
        for piece in (
            [script.body[i : i + 1] for i in range(len(script.body))] if script.trickle else [script.body]
        ):
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(0.1 if script.trickle else 0)

    def log_message(self, format: str, *args: Any) -> None:
        """Be silent."""


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
