"""Workers: `python -m hackitech.worker QUEUE` runs the jobs of one queue."""

import argparse
import signal
import sys
import threading
from typing import Any

import redis
from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

import config
from hackitech.channels.registry import CHANNELS
from hackitech.core.application import create_core_app
from hackitech.core.database import db
from hackitech.core.memory import give_back_memory
from hackitech.core.queues import queue, stopping
from hackitech.core.redis import patient_client

QUEUES = tuple(CHANNELS)
MAINTENANCE = 5
WORKER_TTL = 60
LAST_MESSAGE = 15.0
"""Seconds that a message which is under way at the end may take."""


class Worker(SimpleWorker):
    """RQ's worker in one process: jobs stop between two deliveries, and leave no transaction behind."""

    max_connection_wait_time = 5.0
    """Seconds between two looks for a Redis that is away; RQ's own minute is all the time there is."""

    def request_stop(self, signum: int, frame: Any) -> None:
        """Let the running job finish what it has begun, and hand back the rest."""
        stopping.set()
        super().request_stop(signum, frame)

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        """Run a job, then give the database connection back."""
        try:
            return bool(super().perform_job(*args, **kwargs))
        finally:
            db.session.remove()


class ThreadWorker(Worker):
    """The same in a thread: signals reach the main one alone, so it looks once a second whether to stop."""

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        """Install none: Python lets only the main thread do so."""

    def dequeue_job_and_maintain_ttl(self, *_args: Any, **_kwargs: Any) -> Any:
        """Return the next job, None once this process was asked to stop; wait for a Redis that is away."""
        while not stopping.is_set():
            try:
                found = super().dequeue_job_and_maintain_ttl(1, max_idle_time=1)
            except (redis.ConnectionError, redis.TimeoutError):
                stopping.wait(1)
                continue
            if found is not None:
                return found
        return None


def main() -> None:
    """Run the jobs of the queue that the command line names, until a signal says stop."""
    parser = argparse.ArgumentParser(prog="python -m hackitech.worker", description=main.__doc__)
    parser.add_argument("queue", choices=QUEUES)
    work(worker_app(), parser.parse_args().queue)


def worker_app() -> Flask:
    """Return the application as workers need it, with their patience towards the database."""
    app = create_core_app({"SQL_TIMEOUT": config.load()["SQL_TIMEOUT_WORKER"]})
    if not app.config["REDIS_URL"]:
        sys.exit("REDIS_URL is not set, and no instance is running here. Set it, or start `make run`.")
    return app


def work(app: Flask, name: str, *others: str) -> None:
    """Run the jobs of one queue, and in threads those of others, which spares a small machine processes.

    Each has a worker of its own: one on two queues could lose a job that it is killed over.
    """
    give_back_memory()
    beside = [threading.Thread(target=_work_beside, args=(app, other), daemon=True) for other in others]
    for thread in beside:
        thread.start()
    _work(app, Worker, name)
    stopping.set()
    for thread in beside:
        thread.join(LAST_MESSAGE)


def _work_beside(app: Flask, name: str) -> None:
    try:
        _work(app, ThreadWorker, name)
    finally:
        if not stopping.is_set():  # nobody asked it to end, so all of us end, to be started again
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def _work(app: Flask, kind: type[Worker], name: str) -> None:
    with app.app_context():
        connection = patient_client()
        worker = kind(
            [queue(name, connection)],
            connection=connection,
            serializer=JSONSerializer,
            maintenance_interval=MAINTENANCE,
            worker_ttl=WORKER_TTL,
        )
        worker.log_result_lifespan = False
        worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main()
