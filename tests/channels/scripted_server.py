"""A real HTTP server on this machine, which notes what it is asked and answers by script."""

import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """What to answer."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0
    trickle: bool = False


class ScriptedServer:
    """Answers each POST by `answer`, in a thread of its own, as long as its block lasts."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.host = f"{'localhost' if tls else '127.0.0.1'}:{self._server.server_port}"
        self.origin = f"{'https' if tls else 'http'}://{self.host}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Script:
        """Return what to answer to a request."""
        raise NotImplementedError


class _Server(ThreadingHTTPServer):
    owner: ScriptedServer
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
        body = self.rfile.read(int(self.headers["Content-Length"]))
        script = self.server.owner.answer(Asked(self.path, dict(self.headers), body))
        time.sleep(script.delay)
        self.send_response(script.status)
        for name, value in script.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(script.body)))
        self.end_headers()
        for piece in _pieces(script):
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(0.1 if script.trickle else 0)

    def log_message(self, format: str, *args: Any) -> None:
        """Be silent."""


def _pieces(script: Script) -> list[bytes]:
    if not script.trickle:
        return [script.body]
    return [script.body[at : at + 1] for at in range(len(script.body))]
