"""The clock: relays what is due, starts and moves events, wakes what is snoozed; any number of them may run.

It sleeps until the next thing falls due, or until a commit's wake-up arrives over Redis. Wake-ups may
be lost: a sweep finds everything again. `python -m hackitech.clock` is one; with `--work QUEUE` the same
process is a worker too, which spares a small machine a process.
"""

import argparse
import signal
import threading
import time
from typing import Any

import structlog
from flask import Flask, current_app
from redis import RedisError
from sqlalchemy.exc import DBAPIError

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.publish import WAKE
from hackitech.core.queues import EVENTS, enqueue, stopping
from hackitech.core.redis import patient_client
from hackitech.delivery.outbox import next_due
from hackitech.delivery.service import relay_due
from hackitech.notifications.event_queries import next_event_due
from hackitech.notifications.event_service import claim_due_events, wake_snoozed
from hackitech.worker import QUEUES, work, worker_app

log = structlog.get_logger()
ADVANCE = "hackitech.notifications.jobs.advance"
SHORTEST_WAIT = 0.05
LOADED_WAIT = 0.25
"""How long to wait when the queues are full: their workers must catch up first."""
FAILED_WAIT = 1.0


def run(app: Flask) -> None:
    """Tick until this process is asked to stop; failures of Redis or the database are waited out."""
    connection = None
    while not stopping.is_set():
        with app.app_context():
            try:
                connection = connection or patient_client()
                full = tick(connection)
                _wait(connection, LOADED_WAIT if full else _until_next())
            except (RedisError, OSError, DBAPIError) as error:
                log.warning("clock_waits", error=type(error).__name__)
                db.session.rollback()
                stopping.wait(FAILED_WAIT)
            except Exception:
                log.exception("clock_failed")
                stopping.wait(FAILED_WAIT)


def tick(connection: Any) -> bool:
    """Do what is due and return whether some of it had to be left for lack of room."""
    while wake_snoozed() == current_app.config["CHUNK_SIZE"]:
        pass
    connection.ping()
    for event_id in claim_due_events():
        enqueue(EVENTS, connection, ADVANCE, event_id)
    return relay_due(connection)


def _until_next() -> float:
    session = db.session()
    times = [at for at in (next_due(session), next_event_due(session)) if at is not None]
    session.rollback()
    longest = float(current_app.config["SWEEP_INTERVAL"])
    soonest = min(((at - clock.now()).total_seconds() for at in times), default=longest)
    return min(max(soonest, SHORTEST_WAIT), longest)


def _wait(connection: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not stopping.is_set():
        left = until - time.monotonic()
        if left <= 0 or connection.blpop([WAKE], timeout=min(left, 1.0)):
            return


def main() -> None:
    """Be a clock until a signal says stop; with --work, a worker as well."""
    parser = argparse.ArgumentParser(prog="python -m hackitech.clock", description=main.__doc__)
    parser.add_argument("--work", choices=QUEUES, metavar="QUEUE", help="run the jobs of this queue too")
    wanted = parser.parse_args().work
    app = worker_app()
    if wanted is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        run(app)
    else:
        threading.Thread(target=run, args=(app,), name="clock", daemon=True).start()
        work(app, wanted)


if __name__ == "__main__":
    main()
