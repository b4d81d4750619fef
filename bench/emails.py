"""Measure emails through the whole engine against a bare smtplib loop to the same mail server.

Both send to one process, the mail catcher of a local run, and take turns in one run. The engine's time goes
from `notify()` to the last acceptance, through clock, Redis and one worker, each in its own process as in
production; the loop only hands over the very mails that the engine sent before, on one connection.
"""

import argparse
import re
import smtplib
import statistics
import tempfile
import time
from pathlib import Path

import flask_migrate
import sqlalchemy as sa

from bench.processes import Processes
from hackitech.app import create_app
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.statuses import Status
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from hackitech.supervisor.parts import WORKERS
from hackitech.supervisor.probes import free_port, mail_answers
from hackitech.types.service import sync_catalogue
from tests.services import wait_until

ROUNDS = 5
LEAST_RATIO = 0.6
SLOWEST = 2.0
"""Seconds from creating to acceptance that 99 % may take when there is nothing else to do."""
PATIENCE = 120.0
ENVELOPE = re.compile(rb"\A(?:X-Envelope-[^\n]*\n)+")


def run(kind: str, url: str, redis_url: str, options: argparse.Namespace) -> list[str]:
    """Measure on one database, print its figures, and return a line for each limit that does not hold."""
    port = free_port()
    app = create_app(
        {
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
        }
    )
    with app.app_context(), tempfile.TemporaryDirectory(prefix="notifi-mail-") as folder:
        flask_migrate.upgrade()
        sync_catalogue()
        members = _members(options.emails)
        with Processes(app.config) as processes:
            processes.start(
                "hackitech.devmail", f"--port={port}", f"--folder={folder}", f"--keep={len(members)}"
            )
            wait_until(lambda: mail_answers(port))
            for command in WORKERS.values():
                processes.start(*command)
            share = _throughput(kind, members, Path(folder), port)
            slow = _latency(kind, members[0], options.sends)
        db.engine.dispose()
    limits = {
        f"{kind}: {share:.2f} of the emails of a bare loop, not {LEAST_RATIO}": share >= LEAST_RATIO,
        f"{kind}: 99 % accepted within {slow:.2f} s, not {SLOWEST:.0f}": slow <= SLOWEST,
    }
    return [failure for failure, holds in limits.items() if not holds]


def _members(count: int) -> list[int]:
    rows = [
        {"email": f"member{n}@bench.example", "name": f"Member {n}", "created_at": now()}
        for n in range(count)
    ]
    with atomic() as session:
        return list(session.scalars(sa.insert(User).returning(User.id), rows))


def _throughput(kind: str, members: list[int], caught: Path, port: int) -> float:
    """Return the emails a second of the engine as a share of those of the loop: the median of rounds."""
    _send(members)  # so that every process has read its code and templates
    mails = [ENVELOPE.sub(b"", file.read_bytes()) for file in caught.glob("*.eml")]
    engine, loop = [], []
    for _ in range(ROUNDS):
        loop.append(len(mails) / _loop(mails, port))
        engine.append(len(members) / _send(members))
    shares = [ours / bare for ours, bare in zip(engine, loop, strict=True)]
    print(
        f"{kind}: {statistics.median(engine):.0f} emails a second through the engine, "
        f"{statistics.median(loop):.0f} through a bare smtplib loop; "
        f"{statistics.median(shares):.2f} of it ({min(shares):.2f} to {max(shares):.2f})"
    )
    return statistics.median(shares)


def _latency(kind: str, member: int, sends: int) -> float:
    """Return the seconds within which 99 % are accepted of what is sent one by one."""
    times = sorted(_send([member]) for _ in range(sends))
    half, most = times[len(times) // 2], times[len(times) * 99 // 100]
    print(
        f"{kind}: when idle accepted after {half * 1000:.0f} ms (half of them), {most * 1000:.0f} ms (99 %)"
    )
    return most


def _loop(mails: list[bytes], port: int) -> float:
    """Return the seconds that smtplib takes to hand over finished mails."""
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, "localhost") as client:
        for number, mail in enumerate(mails):
            client.sendmail("notifications@bench.example", [f"member{number}@bench.example"], mail)
    return time.perf_counter() - started


def _send(members: list[int]) -> float:
    """Return the seconds from creating a notification to the acceptance of its last email."""
    started = now()
    with atomic():
        notify(
            "announcement", recipients=members, title="Room", message="B12 from now on", channels=["email"]
        )
    accepted = sa.select(sa.func.count(), sa.func.max(DeliveryAttempt.at)).where(
        DeliveryAttempt.at >= started, DeliveryAttempt.outcome == Status.SENT
    )
    pause = 0.02 if len(members) == 1 else 0.3  # asking takes time from those who work
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        count, last = db.session.execute(accepted).one()
        db.session.rollback()
        if count == len(members):
            return float((last - started).total_seconds())
        time.sleep(pause)
    raise TimeoutError(f"not {len(members)} emails accepted within {PATIENCE} s")
