"""POST to other people's servers: to a checked address, in time, following nothing, reading little."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self

from hackitech.channels.base import Temporary
from hackitech.channels.endpoints import Endpoint, resolve
from hackitech.channels.outcomes import clean
from hackitech.channels.retry import seconds_until

LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    retry_after: float | None
    """Seconds."""
    body: bytes

    @property
    def text(self) -> str:
        """What it said, fit to be kept."""
        return clean(self.body)


class Poster:
    """Posts one request after the other, over connections that it keeps, one per host."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._connections: dict[str, _Connection] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._connections.values():
            connection.close()

    def post(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer, whatever its status.

        Raises:
            Temporary: there is none within HTTP_READ_TIMEOUT.
            Technical: the host's name leads into a private network.
        """
        connection = self._connections.get(endpoint.origin)
        if connection is None:
            connection = self._connections[endpoint.origin] = _Connection(endpoint, self._config)
        kept_open = connection.sock is not None
        try:
            return connection.exchange(endpoint.path, headers, body)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if not (kept_open and isinstance(error, ConnectionError)):
                raise Temporary(f"no answer: {_reason(error)}") from None
        return self.post(endpoint, headers, body)  # it hung up while nobody spoke; once, on a new line


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever the name leads to by then."""

    def __init__(self, endpoint: Endpoint, config: Mapping[str, Any]) -> None:
        super().__init__(endpoint.host, endpoint.port)
        self.default_port = 443 if endpoint.over_tls else 80  # for the Host header
        self._endpoint = endpoint
        self._config = config

    def connect(self) -> None:
        """Connect to the first address that answers."""
        failure: OSError | None = None
        for address in resolve(self._endpoint):
            try:
                self.sock = self._dial(address)
                return
            except OSError as error:
                failure = error
        raise failure or OSError("no address")

    def exchange(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer to one POST, of which at most 64 KiB are read."""
        if self.sock is None:
            self.connect()
        with _within(self._config["HTTP_READ_TIMEOUT"], self.sock):
            self.request("POST", path, body=body, headers=dict(headers))
            response = self.getresponse()
            said = b""
            with contextlib.suppress(OSError, http.client.HTTPException):  # the status is the answer
                said = response.read(LARGEST_ANSWER)
        if not response.isclosed():
            self.close()  # there is more, which nobody wants
        return Answer(response.status, seconds_until(response.getheader("Retry-After")), said)

    def _dial(self, address: str) -> socket.socket:
        timeout = self._config["HTTP_CONNECT_TIMEOUT"]
        line = socket.create_connection((address, self.port), timeout)
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._endpoint.over_tls:
                line = _tls().wrap_socket(line, server_hostname=self.host)
            line.settimeout(self._config["HTTP_READ_TIMEOUT"])
        except OSError:
            line.close()
            raise
        return line


@contextlib.contextmanager
def _within(seconds: float, line: socket.socket) -> Iterator[None]:
    """Hang up when the time is over: a socket's timeout starts anew with each byte that trickles in."""
    overdue = threading.Event()
    alarm = threading.Timer(seconds, _hang_up, [line, overdue])
    alarm.daemon = True
    alarm.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise TimeoutError("timed out") if overdue.is_set() else error from None
    finally:
        alarm.cancel()


def _hang_up(line: socket.socket, overdue: threading.Event) -> None:
    overdue.set()
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # not SSLSocket's, which is for the other thread only


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _reason(error: Exception) -> str:
    return clean(str(error)) or type(error).__name__
