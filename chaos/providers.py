"""A mail server and a push service of our own, which note what they accept from whom."""

import asyncio
import threading
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from chaos.ledger import Acceptance, Ledger, Life
from hackitech.devices.service import Registration
from hackitech.supervisor.probes import free_port
from tests.channels.push_server import Browser
from tests.channels.scripted_server import Asked

READING = 0.005
"""Seconds that the mail server takes over a mail."""
Living = Callable[[], Life]
"""Tells whose connection is being opened."""


class _Desk:
    """The conversation on one connection, which belongs to one life of a worker."""

    def __init__(self, ledger: Ledger, members: dict[str, int], life: Life) -> None:
        self._ledger = ledger
        self._members = members
        self._life = life

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(READING)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        copy = (str(mail["Subject"]), self._members.get(envelope.rcpt_tos[0], 0))
        id_ = str(mail["Message-ID"])
        # From here to the answer nothing waits: what is noted is answered, unless nobody listens any more.
        self._ledger.accept(Acceptance("email", copy, id_, self._life, time.monotonic()))
        return "250 OK"


class _Conversation(SMTP):
    """SMTP whose line can be cut."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.line = transport


class _Door(Controller):
    """A port that one worker uses, over all its lives."""

    def __init__(self, port: int, living: Living, desk: Callable[[Life], _Desk]) -> None:
        super().__init__(None, hostname="127.0.0.1", port=port, ready_timeout=20)
        self._living = living
        self._desk = desk
        self._conversations: list[_Conversation] = []

    def factory(self) -> SMTP:
        self._conversations.append(_Conversation(self._desk(self._living()), **self.SMTP_kwargs))
        return self._conversations[-1]

    def stop(self, no_assert: bool = False) -> None:
        self.loop.call_soon_threadsafe(self._hang_up)
        super().stop(no_assert)

    def _hang_up(self) -> None:
        for conversation in self._conversations:
            conversation.line.abort()


class MailServer:
    """Real SMTP, with a door for each worker so that it is known who handed over what."""

    def __init__(self, ledger: Ledger, members: dict[str, int]) -> None:
        self._desk = lambda life: _Desk(ledger, members, life)
        self._doors: list[tuple[int, Living]] = []
        self._open: list[_Door] = []

    def add_door(self, living: Living) -> str:
        """Listen for one more worker, and return the address that it sends to."""
        self._doors.append((free_port(), living))
        return f"smtp://127.0.0.1:{self._doors[-1][0]}"

    def start(self) -> None:
        """Listen, unless it does already."""
        if self._open:
            return
        self._open = [_Door(port, living, self._desk) for port, living in self._doors]
        for door in self._open:
            door.start()

    def stop(self) -> None:
        """Hang up on everybody; mails that were not answered yet are not taken."""
        for door in self._open:
            door.stop()
        self._open = []


class PushService:
    """A push service whose only customers are our members' browsers."""

    def __init__(self, ledger: Ledger, living: Living) -> None:
        self.ledger = ledger
        self.living = living
        self._browsers: dict[str, tuple[int, Browser]] = {}
        self._server = _PushServer(("127.0.0.1", 0), _PushConversation)
        self._server.service = self
        self.host = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def subscribe(self, member: int) -> Registration:
        """Give a member a browser, and return what it registers with."""
        path, browser = f"/{member}", Browser()
        self._browsers[path] = member, browser
        address = f"http://{self.host}{path}"
        return Registration(
            kind="webpush", name="", address=address, p256dh=browser.p256dh, auth=browser.auth
        )

    def take(self, push: Asked, life: Life) -> None:
        """Read a push as its browser does, and note it."""
        member, browser = self._browsers[push.path]
        copy = (str(browser.read(push)["title"]), member)
        self.ledger.accept(Acceptance("push", copy, push.headers["Topic"], life, time.monotonic()))

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _PushServer(ThreadingHTTPServer):
    service: PushService
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be silent about workers that died in the middle of a request."""


class _PushConversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _PushServer

    def setup(self) -> None:
        super().setup()
        self.life = self.server.service.living()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.service.take(Asked(self.path, dict(self.headers), body), self.life)
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Be silent."""
