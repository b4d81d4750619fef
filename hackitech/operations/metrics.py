"""What Prometheus is told: requests of this process, and the work that waits for all of them."""

import time
from collections.abc import Iterator

import structlog
from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from hackitech.channels.registry import CHANNELS
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.queues import queue
from hackitech.core.redis import redis_gate
from hackitech.operations import queries
from hackitech.realtime.hub import current_hub

log = structlog.get_logger()
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """One registry per application: several live in one process in tests."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "notifi_http_requests", "Answers by this process.", ("method", "endpoint", "status"),
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "notifi_http_request_seconds", "Time to the answer; streams left out.", ("endpoint",),
            buckets=BUCKETS, registry=self.registry,
        )  # fmt: skip
        ProcessCollector(registry=self.registry)
        self.registry.register(Waiting())

    def count(self, response: Response) -> Response:
        """Count an answer on its way out; what strangers invent gets no series of its own."""
        method = request.method if request.method in METHODS else "other"
        endpoint = request.endpoint or "none"
        self._requests.labels(method, endpoint, response.status_code).inc()
        if request.url_rule is None or not request.url_rule.websocket:
            self._seconds.labels(endpoint).observe(time.monotonic() - g.get("began", time.monotonic()))
        return response


class Waiting:
    """Reads, whenever Prometheus asks, what waits; a part that does not answer is left out."""

    def describe(self) -> list[Metric]:
        """Name nothing in advance: there is no application yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        yield GaugeMetricFamily("notifi_open_streams", "WebSockets.", len(current_hub().connections))
        yield from _queued_jobs()
        try:
            yield from _due()
        except SQLAlchemyError:
            log.exception("metrics_without_database")
            db.session.rollback()


def _queued_jobs() -> Iterator[Metric]:
    family = GaugeMetricFamily("notifi_queued_jobs", "Jobs that wait for a worker.", labels=("queue",))
    names = tuple(CHANNELS)
    depths = redis_gate().attempt(lambda client: [queue(name, client).count for name in names])
    for name, depth in zip(names, depths or (), strict=False):
        family.add_metric((name,), depth)
    yield family


def _due() -> Iterator[Metric]:
    now, session = clock.now(), db.session()
    due = GaugeMetricFamily(
        "notifi_due_deliveries", "Deliveries whose time has come.", labels=("channel", "status")
    )
    age = GaugeMetricFamily("notifi_oldest_due_seconds", "How long the oldest has been due.")
    rows = queries.due_deliveries(session, now)
    for row in rows:
        due.add_metric((row.channel, row.status), row.number)
    age.add_metric((), max(((now - row.oldest).total_seconds() for row in rows), default=0.0))
    yield due
    yield age
    yield GaugeMetricFamily(
        "notifi_due_events", "Events to start or go on.", queries.due_events(session, now)
    )


def init_metrics(app: Flask) -> None:
    """Count and time every request."""
    metrics = app.extensions["metrics"] = Metrics()
    app.before_request(_begin)
    app.after_request(metrics.count)


def _begin() -> None:
    g.began = time.monotonic()


def exposition() -> bytes:
    """Return all metrics as Prometheus reads them."""
    metrics: Metrics = current_app.extensions["metrics"]
    return generate_latest(metrics.registry)
