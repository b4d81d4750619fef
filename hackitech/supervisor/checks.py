"""What would stop a run, said in one line before anything is started."""

import errno
import socket
import sys

OLDEST_PYTHON = (3, 11)


class Refused(Exception):
    """A run cannot start; the text is the one line that says why and what to do."""


def check_python() -> None:
    """Refuse a Python that is too old."""
    if sys.version_info < OLDEST_PYTHON:
        raise Refused(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")


def check_port(port: int) -> None:
    """Refuse a port that cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as error:
            raise Refused(_why_not(port, error)) from None


def _why_not(port: int, error: OSError) -> str:
    other = f"choose another, for example: make run PORT={port + 1 if port < 65535 else 5000}"
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken; stop what listens there or {other}"
    return f"Cannot listen on port {port} ({error.strerror}); {other}"
