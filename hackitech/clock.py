"""The clock: relays what is due, moves events forward, makes summaries, wakes what is snoozed, purges.

Any number may run. It sleeps until the next thing falls due, or until a commit's wake-up arrives over
Redis. Wake-ups may be lost: a sweep finds everything again. What needs the database alone it does itself,
a chunk and a transaction at a time; what leaves over the network it hands to the workers.
`python -m hackitech.clock` is one; with `--work QUEUE …` the same process is a worker too, which spares a
small machine a process.
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

from hackitech.accounts.erasure_service import erase_leftovers
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.publish import CLOCK_SEEN, COUNTED, PURGED, WAKE
from hackitech.core.queues import stopping
from hackitech.core.redis import patient_client
from hackitech.delivery import replay_service
from hackitech.delivery.digest_service import summarise_due
from hackitech.delivery.outbox import next_due
from hackitech.delivery.service import relay_due
from hackitech.delivery.withdrawal_service import relay_withdrawals
from hackitech.notifications import log_service, resend_service
from hackitech.notifications.event_queries import next_event_due
from hackitech.notifications.retention_service import START, Position, purge_chunk
from hackitech.notifications.schedule_service import advance_due_event, wake_snoozed
from hackitech.operations.figures_service import Count, count_chunk, count_days_before, count_today
from hackitech.tasks.lifecycle import Steps
from hackitech.tasks.queries import next_task_due
from hackitech.tasks.service import advance_due_task
from hackitech.worker import QUEUES, work, worker_app

log = structlog.get_logger()
STEPS: Steps = {
    log_service.EXPORT: log_service.write_chunk,
    replay_service.REPLAY: replay_service.settle_chunk,
    replay_service.DROP: replay_service.settle_chunk,
    resend_service.RESEND: resend_service.resend_chunk,
}
"""What does a chunk of a task, by its kind."""
PURGE_EVERY = 86400
COUNT_TODAY_EVERY = 60
COUNT_DAYS_BEFORE_EVERY = 600
SHORTEST_WAIT = 0.05
LOADED_WAIT = 0.25
"""How long to wait when the queues are full: their workers must catch up first."""
FAILED_WAIT = 1.0


class Clock:
    """One clock; it keeps nothing that is lost with it but the places where its purge and its count are."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.purging: Position | None = None
        self.counting: Count | None = None

    def tick(self) -> float:
        """Do one chunk of everything that is due and return the seconds until the next is."""
        woken = wake_snoozed() == current_app.config["CHUNK_SIZE"]
        advanced = advance_due_event() or summarise_due() or advance_due_task(STEPS)
        full = relay_due(self.connection)
        self._purge()
        if woken or advanced or self.purging:
            return 0.0
        if full:
            return LOADED_WAIT
        self._count()
        return 0.0 if self.counting else _until_next()

    def _count(self) -> None:
        """Count a little, as nothing else is to be done: figures never hold up a delivery.

        A count that fails is given up: the next one is begun soon enough.
        """
        count, self.counting = self.counting or self._next_count(), None
        if count is not None:
            self.counting = count_chunk(count, current_app.config["CHUNK_SIZE"])

    def _next_count(self) -> Count | None:
        """Return what is to be counted, to the first clock that asks."""
        if self.connection.set(f"{COUNTED}:today", "1", nx=True, ex=COUNT_TODAY_EVERY):
            return count_today()
        if self.connection.set(f"{COUNTED}:before", "1", nx=True, ex=COUNT_DAYS_BEFORE_EVERY):
            return count_days_before()
        return None

    def _purge(self) -> None:
        if self.purging == START and erase_leftovers():
            return
        if self.purging is not None:
            self.purging = purge_chunk(self.purging)[2]
        elif self.connection.set(PURGED, "1", nx=True, ex=PURGE_EVERY):  # the first clock that asks
            self.purging = START

    def wait(self, seconds: float) -> None:
        """Sleep until that time is over or a commit wakes us; withdrawals go once a second meanwhile."""
        self.connection.set(CLOCK_SEEN, clock.now().isoformat())
        until = time.monotonic() + seconds
        while not stopping.is_set():
            relay_withdrawals(self.connection)
            left = until - time.monotonic()
            if left <= 0 or self.connection.blpop([WAKE], timeout=min(left, 1.0)):
                return


def run(app: Flask) -> None:
    """Tick until this process is asked to stop; failures of Redis or the database are waited out."""
    with app.app_context():
        keeper = Clock(patient_client())
    while not stopping.is_set():
        with app.app_context():
            try:
                keeper.wait(keeper.tick())
            except (RedisError, OSError, DBAPIError) as error:
                log.warning("clock_waits", error=type(error).__name__)
                stopping.wait(FAILED_WAIT)
            except Exception:
                log.exception("clock_failed")
                stopping.wait(FAILED_WAIT)


def _until_next() -> float:
    session = db.session()
    times = [
        at for at in (next_due(session), next_event_due(session), next_task_due(session)) if at is not None
    ]
    session.rollback()
    longest = float(current_app.config["SWEEP_INTERVAL"])
    soonest = min(((at - clock.now()).total_seconds() for at in times), default=longest)
    return min(max(soonest, SHORTEST_WAIT), longest)


def main() -> None:
    """Be a clock until a signal says stop; with --work, workers as well."""
    parser = argparse.ArgumentParser(prog="python -m hackitech.clock", description=main.__doc__)
    parser.add_argument(
        "--work", nargs="+", choices=QUEUES, metavar="QUEUE", help="run these queues' jobs too"
    )
    wanted = parser.parse_args().work
    app = worker_app()
    if wanted is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        run(app)
    else:
        threading.Thread(target=run, args=(app,), name="clock", daemon=True).start()
        work(app, *wanted)


if __name__ == "__main__":
    main()
