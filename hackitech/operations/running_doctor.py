"""Look at what runs, and at what it runs on: the clock, each queue's workers, circuits, disk, push keys."""

import datetime as dt
import platform
import shutil
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import current_app
from redis.exceptions import RedisError
from rq import Worker

from hackitech.channels.base import Technical
from hackitech.channels.circuit import open_circuits
from hackitech.channels.registry import CHANNELS
from hackitech.channels.transports import TRANSPORTS, check_transport
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.disk import disk_has_room
from hackitech.core.i18n import N_
from hackitech.core.publish import CLOCK_SEEN
from hackitech.core.queues import queue
from hackitech.core.redis import redis_gate
from hackitech.operations.doctor import (
    SET_KEYS,
    START,
    Check,
    Ill,
    Words,
    check_database,
    check_mail,
    check_migrations,
    check_redis,
    check_types,
)

STALE = dt.timedelta(seconds=60)
"""A clock ticks every few seconds; one that did not for so long is dead, or stuck."""
LITTLE_ROOM = 0.05
LITTLE_BYTES = 500 * 1024**2


def _ask_redis(question: Any) -> Any:
    """Return what Redis answers, with the short timeouts of a request.

    Raises:
        Ill: it does not answer.
    """
    try:
        return question(redis_gate().client)
    except (RedisError, OSError):
        raise Ill(N_("unknown, as Redis does not answer"), N_("mend Redis first")) from None


def check_clock() -> Words:
    """Read when a clock ticked last."""
    said = _ask_redis(lambda client: client.get(CLOCK_SEEN))
    if said is None:
        raise Ill(N_("none has been seen, so nothing leaves"), START)
    seen = dt.datetime.fromisoformat(said.decode())
    if clock.now() - seen > STALE:
        raise Ill(N_("last seen %(seen)s, so nothing leaves"), START, seen=seen)
    return Words(N_("last seen %(seen)s"), {"seen": seen})


def check_workers(name: str) -> Words:
    """Read who works on a queue, and when they were heard of."""
    waiting, heard = _ask_redis(partial(_workers, name))
    if not heard:
        raise Ill(N_("nobody works on it; jobs that wait: %(jobs)s"), START, jobs=waiting)
    values = {"count": len(heard), "jobs": waiting, "seen": max(heard)}
    if clock.now() - max(heard) > dt.timedelta(seconds=current_app.config["JOB_TIMEOUT"]):
        text = N_("its workers were last heard of %(seen)s; jobs that wait: %(jobs)s")
        raise Ill(text, START, "warning", **values)
    return Words(N_("workers: %(count)s, last heard of %(seen)s; jobs that wait: %(jobs)s"), values)


def _workers(name: str, client: Any) -> tuple[int, list[dt.datetime]]:
    own = queue(name, client)
    heard = [worker.last_heartbeat for worker in Worker.all(queue=own)]
    aware = [at if at.tzinfo else at.replace(tzinfo=dt.UTC) for at in heard if at]
    return own.count, aware


def check_circuits() -> Words:
    """Read which providers are left alone."""
    providers = _ask_redis(open_circuits)
    if providers:
        text = N_("left alone for a moment, as half of what we asked of them failed: %(providers)s")
        remedy = N_("see whether they are down; what waits leaves by itself once they answer")
        raise Ill(text, remedy, "warning", providers=", ".join(providers))
    return Words(N_("all are closed"))


def check_disk() -> Words:
    """Measure the room where this server keeps its files."""
    usage = shutil.disk_usage(current_app.config["INSTANCE"])
    values = {"free": round(usage.free / 1024**3, 1), "share": round(100 * usage.free / usage.total)}
    remedy = N_("make room, or shorten how long types keep their notifications")
    if not disk_has_room():
        raise Ill(N_("a write has just found it full"), remedy)
    if usage.free < LITTLE_BYTES or usage.free < LITTLE_ROOM * usage.total:
        raise Ill(N_("only %(free)s GB free (%(share)s %%)"), remedy, "warning", **values)
    return Words(N_("%(free)s GB free (%(share)s %%)"), values)


def check_push(kind: str) -> Words:
    """Look at the keys of one push service."""
    try:
        there = check_transport(kind)
    except Technical as error:
        raise Ill("%(cause)s", SET_KEYS, cause=str(error)) from None
    return Words(N_("keys are there")) if there else Words(N_("not set up, and not needed"))


RUNNING: dict[str, Check] = {
    "database": check_database,
    "migrations": check_migrations,
    "types": check_types,
    "redis": check_redis,
    "disk": check_disk,
    "clock": check_clock,
    **{f"queue:{name}": partial(check_workers, name) for name in CHANNELS},
    "mail": check_mail,
    **{f"push:{kind}": partial(check_push, kind) for kind in TRANSPORTS},
    "circuits": check_circuits,
}
"""What the page of the site's health looks at."""


def versions() -> dict[str, str]:
    """Return the versions of what we run on, "" where it does not say."""
    dialect = db.engine.dialect
    info = redis_gate().attempt(lambda client: client.info("server")) or {}
    with db.engine.connect() as connection:
        question = "SELECT sqlite_version()" if dialect.name == "sqlite" else "SHOW server_version"
        database = connection.scalar(sa.text(question))
    return {
        "Python": platform.python_version(),
        {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(dialect.name, dialect.name): str(database),
        "Redis": str(info.get("valkey_version") or info.get("redis_version") or ""),
    }
