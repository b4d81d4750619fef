"""Processes that die at a kill point, and those whom their work is about."""

import signal

import sqlalchemy as sa

from config import duration
from hackitech.core.clock import now
from hackitech.core.transaction import atomic
from hackitech.models.user import User
from tests.processes import QUICK, WorkerProcess
from tests.services import wait_until

FINAL_WITHIN = duration(QUICK["LEASE"]) + 30
"""Seconds from a kill until everything that it interrupted is over."""


def make_members(count: int) -> list[int]:
    """Store members in one statement, and return their ids."""
    rows = [{"email": f"m{n}@example.org", "name": f"M{n}", "created_at": now()} for n in range(count)]
    with atomic() as session:
        session.execute(sa.insert(User), rows)
        return list(session.scalars(sa.select(User.id)))


def wait_for_death(process: WorkerProcess) -> None:
    """Wait until a process has come to its kill point."""
    wait_until(process.has_ended)
    assert process.end() == -signal.SIGKILL
