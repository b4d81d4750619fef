"""A real APNs on this machine: HTTP/2 over TLS, a provider it must know, and every header by the book."""

import json
import re
import socket
import ssl
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, RequestReceived, StreamEnded, WindowUpdated
from h2.exceptions import ProtocolError

from tests.channels.scripted_server import Script

KEY_ID, TEAM, TOPIC = "KEY1234567", "TEAM123456", "com.hackitech.app"
LARGEST = 4096
TOKEN_LIFE = 3600


class Refused(Exception):
    """What Apple answers to what it cannot take."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass
class ApplePush:
    """A push as it came."""

    device: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class _Stream:
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


def refusal(status: int, reason: str, headers: dict[str, str] | None = None) -> Script:
    """Return what Apple answers when it refuses for this reason."""
    return Script(status, headers or {}, json.dumps({"reason": reason}).encode())


class ApnsServer:
    """Answers by `scripts`, by device, where there are some, else as Apple does.

    `hang_up_after` answers it ends a connection, with or without a farewell.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.pushes: list[ApplePush] = []
        self.scripts: dict[str, Script] = {}
        self.tokens: Counter[str] = Counter()
        self.expired: set[str] = set()
        self.connections = 0
        self.hang_up_after: int | None = None
        self.says_goodbye = True
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._listener = socket.create_server(("127.0.0.1", 0))
        tls.set_alpn_protocols(["h2"])
        self._tls = tls
        self.url = f"https://localhost:{self._listener.getsockname()[1]}"

    @property
    def key(self) -> str:
        """The provider's signing key, as Apple gives it."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def take(self, headers: dict[str, str], body: bytes) -> str:
        """Take a push that is what Apple's documentation says and return its id."""
        device = headers[":path"].removeprefix("/3/device/")
        if headers[":method"] != "POST" or not re.fullmatch(r"[0-9a-f]+", device):
            raise Refused(404, "BadPath")
        self._check_provider(bearer(headers))
        if len(body) > LARGEST:
            raise Refused(413, "PayloadTooLarge")
        push = ApplePush(device, headers, json.loads(body))
        check(push)
        self.pushes.append(push)
        return headers["apns-id"]

    def _check_provider(self, token: str) -> None:
        try:
            claims = jwt.decode(token, self._key.public_key(), algorithms=["ES256"], issuer=TEAM)
        except jwt.PyJWTError:
            raise Refused(403, "InvalidProviderToken") from None
        if jwt.get_unverified_header(token)["kid"] != KEY_ID:
            raise Refused(403, "InvalidProviderToken")
        if token in self.expired or not time.time() - TOKEN_LIFE < claims["iat"] <= time.time():
            raise Refused(403, "ExpiredProviderToken")

    def _listen(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(raw, server_side=True) as line:
                self.connections += 1
                _Connection(self, line).run()
        except (OSError, ProtocolError):
            """The client hung up, which is what some tests are about."""


def bearer(headers: dict[str, str]) -> str:
    """Return the provider's token."""
    return headers["authorization"].removeprefix("bearer ")


def check(push: ApplePush) -> None:
    """Refuse a push whose headers or body Apple would refuse."""
    headers, aps = push.headers, push.body["aps"]
    background = headers["apns-push-type"] == "background"
    reasons = {
        "DeviceTokenNotForTopic": headers["apns-topic"] != TOPIC,
        "InvalidPushType": headers["apns-push-type"] not in ("alert", "background"),
        "BadPriority": headers["apns-priority"] not in (("5",) if background else ("5", "10")),
        "BadCollapseId": not 0 < len(headers["apns-collapse-id"].encode()) <= 64,
        "BadMessageId": str(uuid.UUID(headers["apns-id"])) != headers["apns-id"],
        "BadExpirationDate": not headers["apns-expiration"].isdigit(),
        "PayloadEmpty": aps != {"content-available": 1} if background else not aps["alert"]["body"],
    }
    for reason, holds in reasons.items():
        if holds:
            raise Refused(400, reason)


class _Connection:
    """One line, whose streams are answered as soon as they end."""

    def __init__(self, owner: ApnsServer, line: ssl.SSLSocket) -> None:
        self._owner, self._line = owner, line
        self._http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._streams: dict[int, _Stream] = {}
        self._unsent: dict[int, bytes] = {}
        self._trickles = False
        self._answered = 0

    def run(self) -> None:
        """Serve until somebody hangs up."""
        self._http.initiate_connection()
        self._flush()
        while data := self._line.recv(65536):
            for event in self._http.receive_data(data):
                self._handle(event)
                if isinstance(event, ConnectionTerminated):
                    return
            self._flush()
            if self._owner.hang_up_after is not None and self._answered >= self._owner.hang_up_after:
                return self._hang_up()

    def _handle(self, event: Any) -> None:
        if isinstance(event, RequestReceived):
            self._streams[event.stream_id] = _Stream({str(name): str(value) for name, value in event.headers})
        elif isinstance(event, DataReceived):
            self._streams[event.stream_id].body += event.data
            self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self._answer(event.stream_id, self._streams.pop(event.stream_id))
        elif isinstance(event, WindowUpdated):
            self._send_what_fits()

    def _answer(self, number: int, stream: _Stream) -> None:
        self._owner.tokens[bearer(stream.headers)] += 1
        script = self._owner.scripts.get(stream.headers[":path"].removeprefix("/3/device/"))
        if script is None:
            try:
                script = Script(200, {"apns-id": self._owner.take(stream.headers, bytes(stream.body))})
            except Refused as refused:
                script = refusal(refused.status, refused.reason)
        time.sleep(script.delay)
        fields = [(name.lower(), value) for name, value in script.headers.items()]
        self._http.send_headers(number, [(":status", str(script.status)), *fields], not script.body)
        self._answered += 1
        self._trickles = script.trickle
        if script.body:
            self._unsent[number] = script.body
            self._send_what_fits()

    def _send_what_fits(self) -> None:
        for number, body in list(self._unsent.items()):
            while body and (room := self._http.local_flow_control_window(number)):
                size = 1 if self._trickles else min(room, self._http.max_outbound_frame_size)
                self._http.send_data(number, body[:size], end_stream=len(body) <= size)
                body = body[size:]
                self._flush()
                time.sleep(0.1 if self._trickles else 0)
            self._unsent[number] = body
            if not body:
                del self._unsent[number]

    def _hang_up(self) -> None:
        if self._owner.says_goodbye:
            self._http.close_connection()
            self._flush()

    def _flush(self) -> None:
        self._line.sendall(self._http.data_to_send())
