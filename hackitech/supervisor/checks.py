"""What would stop a run, said in one line before anything is started."""

import errno
import socket
import sys
import time

OLDEST_PYTHON = (3, 11)
PATIENCE = 3.0
"""Seconds that a port may take to become free."""


class Refused(Exception):
    """A run cannot start; the text is the one line that says why and what to do."""


def check_python() -> None:
    """Refuse a Python that is too old."""
    if sys.version_info < OLDEST_PYTHON:
        raise Refused(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")


def check_port(port: int) -> None:
    """Refuse a port that cannot be listened on; what a killed run left there ends within moments."""
    until = time.monotonic() + PATIENCE
    while error := _listening_fails(port):
        if error.errno != errno.EADDRINUSE or time.monotonic() > until:
            raise Refused(_why_not(port, error))
        time.sleep(0.1)


def _listening_fails(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as error:
            return error
    return None


def _why_not(port: int, error: OSError) -> str:
    other = f"choose another, for example: make run PORT={port + 1 if port < 65535 else 5000}"
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken; stop what listens there or {other}"
    return f"Cannot listen on port {port} ({error.strerror}); {other}"
