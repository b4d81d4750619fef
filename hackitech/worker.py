"""Workers: `python -m hackitech.worker work QUEUE [--with-clock]`, or `… clock` alone."""

import argparse
import signal
import sys
import threading
from typing import Any

from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer

import config
from hackitech import clock
from hackitech.app import create_app
from hackitech.channels.registry import CHANNELS
from hackitech.core.database import db
from hackitech.core.queues import EVENTS, queue, stopping
from hackitech.core.redis import patient_client

QUEUES = (EVENTS, *CHANNELS)
MAINTENANCE = 5
WORKER_TTL = 60


class Worker(SimpleWorker):
    """RQ's worker in one process: jobs stop between two deliveries, and leave no transaction behind."""

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


def main() -> None:
    """Run what the command line asks for until a signal says stop."""
    parser = argparse.ArgumentParser(prog="python -m hackitech.worker", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    work_command = commands.add_parser("work", help="run the jobs of one queue")
    work_command.add_argument("queue", choices=QUEUES)
    work_command.add_argument("--with-clock", action="store_true", help="and be a clock, in a thread")
    commands.add_parser("clock", help="relay what is due, and nothing else")
    arguments = parser.parse_args()
    app = create_app({"SQL_TIMEOUT": config.load()["SQL_TIMEOUT_WORKER"]})
    if not app.config["REDIS_URL"]:
        sys.exit("REDIS_URL is not set, and no instance is running here. Set it, or start `make run`.")
    if arguments.command == "clock":
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        clock.run(app)
    else:
        work(app, arguments.queue, with_clock=arguments.with_clock)


def work(app: Flask, name: str, *, with_clock: bool) -> None:
    """Run the jobs of one queue; a worker on two could lose one that it is killed over."""
    if with_clock:
        threading.Thread(target=clock.run, args=(app,), name="clock", daemon=True).start()
    with app.app_context():
        connection = patient_client()
        worker = Worker(
            [queue(name, connection)],
            connection=connection,
            serializer=JSONSerializer,
            maintenance_interval=MAINTENANCE,
            worker_ttl=WORKER_TTL,
        )
        worker.log_result_lifespan = False
        worker.work(logging_level="WARNING")
    stopping.set()


if __name__ == "__main__":
    main()
