"""All that a run torments: database, Redis, mail server, push service and the processes of the site."""

import random
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg

from chaos.ledger import Outage
from chaos.providers import MailServer, PushService
from chaos.report import Report
from chaos.roles import CLOCK, WEB, Role
from chaos.world import World, environment
from hackitech.supervisor.parts import lean_python
from hackitech.supervisor.probes import web_answers
from tests.services import PostgresServer, RedisServer, wait_until

GLANCE = 0.05
NAME = "chaos"
EMAIL_WORKERS, CLOCKS = 2, 2
PUSH_WORKER = "worker-push"
STARTING = 120.0
"""Seconds until the web server answers: the first processes compile a thousand modules, all at once."""
LONGEST_FREEZE = {False: 15.0, True: 2.0}
"""Seconds; whoever holds SQLite's only lock must not outlast the others' patience, nor anybody a lease."""


class Site:
    """A whole installation; `everything` ends what it has started."""

    def __init__(
        self, folder: Path, everything: ExitStack, report: Report, database: str, quick: bool
    ) -> None:
        self.ledger, self.report = report.ledger, report
        self.roles: dict[str, Role] = {}
        self.longest_freeze = LONGEST_FREEZE[quick or database == "sqlite"]
        self._armed = True
        self._planned: list[tuple[float, Callable[[], None]]] = []
        self.redis = RedisServer(folder / "redis")
        everything.callback(self.redis.close)
        self.postgres = _postgres(folder, everything) if database == "postgres" else None
        url = self.postgres.create(NAME) if self.postgres else f"sqlite:///{folder / NAME}.db"
        if self.postgres:
            _make_durable(url)
        push = PushService(self.ledger, lambda: self.roles[PUSH_WORKER].life)
        everything.callback(push.close)
        self.variables = environment(url, self.redis.url, push.host, quick=quick)
        self.world = World(self.variables)
        for member in self.world.members:
            self.world.give_device(member, push.subscribe(member.id))
        self.mail = MailServer(self.ledger, {member.email: member.id for member in self.world.members})
        everything.callback(self.mail.stop)

    def start(self, everything: ExitStack, logs: Path) -> None:
        """Start the processes, and wait until the web server answers."""
        commands = {"web": WEB, PUSH_WORKER: lean_python("hackitech.worker", "push")}
        commands |= {f"clock-{n}": CLOCK for n in range(1, CLOCKS + 1)}
        email = lean_python("hackitech.worker", "email")
        commands |= {f"worker-email-{n}": email for n in range(1, EMAIL_WORKERS + 1)}
        for name, command in commands.items():
            role = self.roles[name] = Role(name, command, self.variables, logs)
            role.variables["SMTP_URL"] = self.mail.add_door(role.current_life)
        self.mail.start()
        for role in self.roles.values():
            role.start(arm=True)
            everything.callback(role.end)
        wait_until(lambda: web_answers(int(self.variables["PORT"])), STARTING)

    def look_after(self) -> None:
        """Do what was planned for now, and start again what has ended."""
        due = [action for at, action in self._planned if at <= time.monotonic()]
        self._planned = [plan for plan in self._planned if plan[0] > time.monotonic()]
        for action in due:
            action()
        for role in self.roles.values():
            if how := role.look(self._armed):
                self.report.tell(f"{role.name} {how}", counted=how)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Plan something."""
        self._planned.append((time.monotonic() + seconds, action))

    def heal(self) -> None:
        """Do all that was planned at once, and let nothing more go wrong."""
        self._armed = False
        planned, self._planned = self._planned, []
        for _, action in planned:
            action()

    def until(self, condition: Callable[[], object], patience: float) -> bool:
        """Look after everything until a condition holds or the patience is over; return whether it does."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.look_after()
            time.sleep(GLANCE)
        return True

    def crash_postgres(self) -> None:
        """Restart Postgres at once, as after a crash."""
        assert self.postgres
        began = time.monotonic()
        self.postgres.stop(signal.SIGQUIT)
        time.sleep(random.uniform(0, 1))
        self.postgres.start()
        self.ledger.outages.append(Outage(began, time.monotonic()))


def _postgres(folder: Path, everything: ExitStack) -> PostgresServer:
    (folder / "postgres").mkdir()
    server = PostgresServer(folder / "postgres")
    everything.callback(server.close)
    return server


def _make_durable(url: str) -> None:
    """Let commits reach the disk before they are answered, which servers of tests do without."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {NAME} SET synchronous_commit = on")
