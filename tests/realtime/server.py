"""A web process as production starts it, and clients that listen to its stream."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from config import ROOT
from hackitech.supervisor.probes import free_port, web_answers
from hackitech.supervisor.processes import die_with_parent
from tests.services import wait_until

PATH = "/api/notifications/stream/"
PASSED_ON = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "ENVIRONMENT", "RATE_LIMIT_READS",
             "RATE_LIMIT_WRITES")  # fmt: skip


class WebProcess:
    """gunicorn with our configuration on a port of its own; `arguments` are further options of it."""

    def __init__(self, settings: Mapping[str, Any], *arguments: str, **changes: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        passed_on = {name: str(settings[name]) for name in PASSED_ON}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "hackitech/gunicorn_conf.py", *arguments, "wsgi:app"],
            cwd=ROOT,
            env={**os.environ, **passed_on, "PORT": str(self.port), "PUBLIC_URL": self.url, **changes},
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        wait_until(lambda: web_answers(self.port) or self.process.poll() is not None, patience=60)
        assert self.process.poll() is None, "it did not start"

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Send a signal to the main process and return the seconds until everything is gone."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(15)
        return time.monotonic() - began

    def close(self) -> None:
        """End it for good, whatever it is doing."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def listen(self, headers: Mapping[str, str], query: str = "", **options: Any) -> "Listener":
        """Open a stream and read its hello."""
        return Listener(self.open(headers, query, **options))

    def open(self, headers: Mapping[str, str], query: str = "", **options: Any) -> ClientConnection:
        """Do the handshake.

        Raises:
            InvalidStatus: it was refused.
        """
        address = f"ws://127.0.0.1:{self.port}{PATH}{query}"
        options = {"ping_interval": None, "close_timeout": 2, "max_queue": None, "legacy": True, **options}
        return connect(address, additional_headers=dict(headers), proxy=None, **options)

    def refusal(self, headers: Mapping[str, str], query: str = "", **options: Any) -> Response:
        """Return the plain answer to a handshake that is refused."""
        with pytest.raises(InvalidStatus) as refused:
            self.open(headers, query, **options)
        return refused.value.response

    def open_streams(self) -> int:
        """Return how many streams the process has open, as it tells Prometheus."""
        lines = self.get("/metrics").text.splitlines()
        return next(int(float(line.split()[1])) for line in lines if line.startswith("notifi_open_streams "))

    def workers(self) -> list[int]:
        """Return the ids of the processes that serve."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Send a plain GET."""
        return self.send("GET", path, headers)

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, json: Any = None
    ) -> requests.Response:
        """Send a plain request."""
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.url + path, headers=headers, json=json, timeout=60)


class Listener:
    """An open stream, past its hello."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.hello = self.next()
        assert self.hello["type"] == "hello"

    def next(self, timeout: float = 5) -> dict[str, Any]:
        """Return the next frame.

        Raises:
            TimeoutError: there is none in time.
        """
        frame: dict[str, Any] = json.loads(self.connection.recv(timeout))
        return frame

    def expect(self, kind: str) -> dict[str, Any]:
        """Return the next frame, which is of that kind."""
        frame = self.next()
        assert frame["type"] == kind, frame
        return frame

    def take(self, number: int) -> list[dict[str, Any]]:
        """Return the next frames."""
        return [self.next() for _ in range(number)]

    def rest(self, quiet: float = 0.4) -> list[dict[str, Any]]:
        """Return the frames that come until nothing has come for `quiet` seconds."""
        frames = []
        while True:
            try:
                frames.append(self.next(quiet))
            except TimeoutError:
                return frames

    def until_closed(self, timeout: float = 5) -> tuple[list[dict[str, Any]], int | None]:
        """Wait for the server to close the stream; return what came before, and the code."""
        deadline = time.monotonic() + timeout
        frames = []
        try:
            while True:
                frames.append(self.next(max(0.0, deadline - time.monotonic())))
        except ConnectionClosed as closed:
            return frames, closed.rcvd.code if closed.rcvd else None

    def close_code(self, timeout: float = 5) -> int | None:
        """Wait for the server to close the stream, and return with which code."""
        return self.until_closed(timeout)[1]

    def close(self) -> None:
        """Hang up."""
        self.connection.close()


def ids(frames: list[dict[str, Any]], kind: str = "notification.created") -> list[int]:
    """Return the notifications' ids in frames of a kind."""
    return [frame["notification"]["id"] for frame in frames if frame["type"] == kind]
