"""The application under the server that production uses, and one keep-alive client."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

from config import ROOT
from hackitech.supervisor.probes import free_port
from hackitech.supervisor.processes import die_with_parent

PATIENCE = 60.0


class Server:
    """gunicorn with one process of four threads, and the bare view beside the application."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self.port = free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "RATE_LIMIT_READS": "0",
            "RATE_LIMIT_WRITES": "0",
        }
        arguments = ["--bind", f"127.0.0.1:{self.port}", "--threads", "4", "--no-control-socket",
                     "--log-level", "warning", "bench.bare:app"]  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *arguments],
            cwd=ROOT, env=environment, start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
        self._wait()
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                http.client.HTTPConnection("127.0.0.1", self.port, timeout=2).connect()
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.1)

    def call(self, method: str, path: str, token: str, body: Any = None) -> tuple[float, Any]:
        """Return the seconds that a request took, and its answer; anything but success is an error."""
        headers = {"Authorization": f"Bearer {token}"}
        payload = None if body is None else json.dumps(body)
        if payload is not None:
            headers["Content-Type"] = "application/json"
        start = time.perf_counter()
        self._connection.request(method, path, payload, headers)
        response = self._connection.getresponse()
        content = response.read()
        took = time.perf_counter() - start
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:200]!r}")
        return took, json.loads(content)

    def close(self) -> None:
        """Stop the server and whatever it started."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(PATIENCE)
