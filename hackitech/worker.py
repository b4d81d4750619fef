"""Workers: `python -m hackitech.worker QUEUE` runs the jobs of one queue."""

import argparse
import sys
from typing import Any

from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer

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


def work(app: Flask, name: str) -> None:
    """Run the jobs of one queue; a worker on two could lose one that it is killed over."""
    give_back_memory()
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
