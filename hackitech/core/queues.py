"""RQ as a wake-up: jobs carry ids and may run twice; the database is the queue of record."""

import threading
from typing import Any

from flask import current_app
from rq import Queue
from rq.serializers import JSONSerializer

stopping = threading.Event()
"""Set when this process was asked to stop: long jobs hand back what they have not begun."""


def queue(name: str, connection: Any) -> Queue:
    """Return the RQ queue of that name, whose jobs are JSON and limited in time."""
    timeout = int(current_app.config["JOB_TIMEOUT"])
    return Queue(name, connection=connection, serializer=JSONSerializer, default_timeout=timeout)


def enqueue(name: str, connection: Any, function: str, *args: Any) -> None:
    """Enqueue a job by its dotted name; its result is of no interest, the database has it."""
    queue(name, connection).enqueue(function, *args, result_ttl=0, failure_ttl=86400)
