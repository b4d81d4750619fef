"""A WebSocket client below every library: it can stop reading, and look at each byte afterwards."""

import base64
import os
import socket
import struct
from collections.abc import Iterator, Mapping

from tests.realtime.server import PATH

CLOSE, PING, TEXT = 0x8, 0x9, 0x1


class RawClient:
    """Does the handshake with a small receive buffer, then nothing unless asked."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        fields = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **headers,
        }
        lines = [f"GET {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.socket.recv(1)
        assert answer.startswith(b"HTTP/1.1 101"), answer

    def send(self, opcode: int, payload: bytes) -> None:
        """Send one masked frame (the mask is zeros)."""
        length = len(payload)
        size = bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length)
        self.socket.sendall(bytes([0x80 | opcode]) + size + bytes(4) + payload)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Yield (opcode, payload) until the server hangs up."""
        stream = self.socket.makefile("rb")
        while head := stream.read(2):
            length = head[1]
            if length == 126:
                length = struct.unpack(">H", stream.read(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", stream.read(8))[0]
            payload = stream.read(length)
            assert len(payload) == length, "torn frame"
            yield head[0] & 0x0F, payload

    def close_code(self) -> int | None:
        """Read to the end and return the code of the close frame, if there is one."""
        for opcode, payload in self.frames():
            if opcode == CLOSE:
                return int(struct.unpack(">H", payload[:2])[0])
        return None

    def close(self) -> None:
        """Hang up without a word."""
        self.socket.close()
