"""The TCP side of a stream: what a client may send us is limited, and so is how long it keeps us waiting."""

import contextlib
import select
import socket
import threading
import time
from typing import Any

from hackitech.realtime.connections import TOO_MUCH, Connection

ALLOWED = 4096
"""Bytes of message data that a client may send unasked; a stream needs none at all."""
OVERHEAD = 256
REFILL = 64.0
"""Bytes a second that come back, so that pongs and keep-alives never add up."""
READ_PAUSE = 0.01
SEND_BUFFER = 65536
SEND_PATIENCE = 10.0
LOOK_UP = 0.25
"""Seconds after which somebody who waits for a client looks whether the stream is to end anyway."""


class TooSlow(OSError):
    """The client does not read, and its buffers are full."""


class Transport:
    """A socket as simple-websocket uses it: whole frames or nothing, one writer at a time, a bounded reader.

    A frame is begun only once the kernel calls the socket writable, which it does while a third of the send
    buffer is free. So a frame is rarely torn, and the close frame of a client that does not read still fits.
    """

    def __init__(self, tcp: Any, connection: Connection) -> None:
        self._socket = tcp
        # gevent's own `send` would wait without a limit where its socket underneath does not.
        self._raw = getattr(tcp, "_sock", tcp)
        self._connection = connection
        self._writing = threading.Lock()
        self._hurried = self._torn = self._ended = False
        self._allowance = float(ALLOWED + OVERHEAD)
        self._refilled_at = time.monotonic()
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if tcp.family in (socket.AF_INET, socket.AF_INET6):
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> int:
        """Write all of `data`, waiting for the client as long as is reasonable.

        Raises:
            TooSlow: it does not read.
        """
        with self._writing:
            if self._torn:
                raise TooSlow
            if self._hurried:
                return int(self._raw.send(data, socket.MSG_DONTWAIT))
            deadline = time.monotonic() + SEND_PATIENCE
            self._wait_writable(deadline)
            rest = memoryview(data)
            while rest:
                try:
                    rest = rest[self._raw.send(rest, socket.MSG_DONTWAIT) :]
                except BlockingIOError:
                    self._torn = len(rest) < len(data)
                    self._wait_writable(deadline)
                    self._torn = False
            return len(data)

    def _wait_writable(self, deadline: float) -> None:
        poll = select.poll()
        poll.register(self._socket.fileno(), select.POLLOUT)
        while not poll.poll(LOOK_UP * 1000):
            if time.monotonic() >= deadline or self._connection.close_code is not None:
                self._hurried = True
                raise TooSlow

    def recv(self, size: int) -> bytes:
        """Read; what comes beyond the allowance is thrown away until the stream has been closed."""
        data: bytes = self._socket.recv(size)
        now = time.monotonic()
        refilled = self._allowance + (now - self._refilled_at) * REFILL
        self._allowance = min(refilled, ALLOWED + OVERHEAD) - len(data)
        self._refilled_at = now
        if self._allowance < 0:
            self._connection.close(TOO_MUCH)
            while data and not self._ended:
                time.sleep(READ_PAUSE)  # lets others run, and the flood wait
                data = self._socket.recv(size)
            return b""
        return data

    def close(self) -> None:
        """Tell that the reader has ended; the server closes the socket when the request is over."""
        self._connection.wake()

    def fileno(self) -> int:
        """Return the number of the socket."""
        return int(self._socket.fileno())

    def hurry(self) -> None:
        """From now on write what fits at once: a last word, to a client that may not read."""
        self._hurried = True

    def end(self, reader: threading.Thread, patience: float) -> None:
        """Hang up, giving the client `patience` seconds to do so first: or our last word could be lost."""
        self._hang_up(socket.SHUT_WR)
        reader.join(patience)
        self._ended = True
        self._hang_up(socket.SHUT_RDWR)
        reader.join(patience)

    def _hang_up(self, how: int) -> None:
        with contextlib.suppress(OSError):  # the client was quicker
            self._socket.shutdown(how)
