"""`/healthz`, `/readyz` and `/metrics`: for supervisors, load balancers and Prometheus."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from hackitech.core.database import db
from hackitech.core.disk import disk_has_room
from hackitech.core.errors import NotFound
from hackitech.core.redis import redis_gate
from hackitech.operations import queries
from hackitech.operations.metrics import exposition

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")

operations = Blueprint("operations", __name__)


@operations.get("/healthz")
def healthz() -> Response:
    """Say that this process is alive, whatever it depends on."""
    return jsonify(status="ok")


@operations.get("/readyz")
def readyz() -> Response:
    """Say whether this process can do its work, and what it lacks."""
    answers = {
        "database": queries.database_answers(db.session()),
        "disk": disk_has_room(),
        "redis": bool(redis_gate().attempt(lambda client: client.ping())),
    }
    ready = all(answers.values())
    parts = {name: "ok" if well else "unavailable" for name, well in answers.items()}
    response = jsonify(status="ok" if ready else "unavailable", **parts)
    if not ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return response


@operations.get("/metrics")
def metrics() -> Response:
    """Answer Prometheus: on this machine directly, from elsewhere with METRICS_TOKEN."""
    if not _has_token() and not _is_local():
        raise NotFound
    return Response(exposition(), content_type=CONTENT_TYPE_LATEST)


def _has_token() -> bool:
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _is_local() -> bool:
    """Return whether the caller is on this machine, and not through a proxy on it."""
    if any(header in request.headers for header in FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
