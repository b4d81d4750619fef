"""Whether a part answers, asked on its own protocol."""

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from io import BufferedWriter
from pathlib import Path

PATIENCE = 1.0
# Below the ports that systems give to outgoing connections: one of those could take a port found free.
CANDIDATES = range(20000, 32000)
Address = str | tuple[str, int]
_given: set[int] = set()


def free_port() -> int:
    """Return a loopback port that nobody uses, and that is given to nobody else while this process lives."""
    while True:
        port = random.choice(CANDIDATES)
        if port not in _given and _is_ours(port) and not _is_used(port):
            _given.add(port)
            return port


def _is_used(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_ours(port: int) -> bool:
    """Return whether no other process has locked the byte that stands for a port."""
    ports = _ports()
    try:
        fcntl.lockf(ports, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except (BlockingIOError, PermissionError):
        return False
    return True


@cache
def _ports() -> BufferedWriter:
    """Return the file whose bytes stand for ports; its locks end with the process."""
    return (Path(tempfile.gettempdir()) / f"notifi-ports-{os.getuid()}").open("wb")


def answers(address: Address, question: bytes, beginning: bytes) -> bool:
    """Return whether a server at a port or a socket path answers a question as expected."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(address)
            connection.sendall(question)
            return connection.recv(len(beginning), socket.MSG_WAITALL) == beginning
        except OSError:
            return False


def web_answers(port: int) -> bool:
    """Return whether the web server says that it is alive."""
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    return answers(("127.0.0.1", port), request, b"HTTP/1.1 200")


def mail_answers(port: int) -> bool:
    """Return whether an SMTP server greets."""
    return answers(("127.0.0.1", port), b"", b"220")


def redis_answers(address: Address, password: str = "") -> bool:
    """Return whether a Redis server answers PING."""
    question, beginning = b"PING\r\n", b"+PONG"
    if password:
        question, beginning = f"AUTH {password}\r\n".encode() + question, b"+OK\r\n+PONG"
    return answers(address, question, beginning)
