"""What supervisors, load balancers and Prometheus are told, and who is told nothing."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hackitech.app import create_app
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.notifications.notify import notify
from tests.factories import make_user

TOKEN = "m" * 40
NOWHERE = {
    "redis": {"REDIS_URL": "redis://127.0.0.1:1/0"},
    "database": {"DATABASE_URL": "sqlite:////no/such.db"},
}


@pytest.fixture
def crippled(request: pytest.FixtureRequest, app_settings: dict[str, Any]) -> Iterator[FlaskClient]:
    """A client of an application that lacks the part that the test names."""
    lame = create_app({**app_settings, **NOWHERE[request.param]})
    yield lame.test_client()
    with lame.app_context():
        db.engine.dispose()


@pytest.fixture
def with_token(app: Flask) -> Iterator[None]:
    app.config["METRICS_TOKEN"] = TOKEN
    yield
    app.config["METRICS_TOKEN"] = ""


def value(exposition: str, name: str, **labels: object) -> float:
    """Return the value of a series."""
    wanted = "".join(rf'(?=[^}}]*{key}="{text}")' for key, text in labels.items())
    found = re.search(rf"^{name}(?:\{{{wanted}[^}}]*\}})? (\S+)$", exposition, re.MULTILINE)
    assert found, f"{name} {labels} is not in\n{exposition}"
    return float(found[1])


def test_a_process_with_all_its_parts_is_alive_and_ready(client: FlaskClient):
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {"status": "ok", "database": "ok", "disk": "ok", "redis": "ok"}


@pytest.mark.parametrize("crippled", NOWHERE, indirect=True)
def test_a_process_that_lacks_a_part_is_alive(crippled: FlaskClient):
    assert crippled.get("/healthz").status_code == 200


@pytest.mark.parametrize(("crippled", "missing"), [(part, part) for part in NOWHERE], indirect=["crippled"])
def test_a_process_that_lacks_a_part_is_not_ready_and_says_which(crippled: FlaskClient, missing: str):
    answer = crippled.get("/readyz")
    assert answer.status_code == 503 and "Retry-After" in answer.headers
    parts = {"database": "ok", "disk": "ok", "redis": "ok", missing: "unavailable"}
    assert answer.json == {"status": "unavailable", **parts}


def test_metrics_count_answers_by_method_endpoint_and_status(client: FlaskClient):
    client.get("/no/such/page")
    client.open("/healthz", method="BREW")
    before = client.get("/metrics").text
    client.get("/api/notifications/notifications/")
    after = client.get("/metrics").text
    refused = {"method": "GET", "endpoint": "notifications.list_notifications", "status": 401}
    assert value(after, "notifi_http_requests_total", **refused) >= 1
    assert value(after, "notifi_http_requests_total", endpoint="none", method="GET", status=404) >= 1
    assert 'method="BREW"' not in before
    assert value(after, "notifi_http_request_seconds_count", endpoint="operations.metrics") >= 1


def test_metrics_tell_what_waits(app: Flask, client: FlaskClient):
    with app.app_context():
        member = make_user()
        with atomic():
            notify("announcement", recipients=[member], title="T", message="M")
    text = client.get("/metrics").text
    assert value(text, "notifi_due_deliveries", channel="email", status="created") == 1
    assert value(text, "notifi_oldest_due_seconds") > 0
    assert value(text, "notifi_queued_jobs", queue="email") == 0
    assert value(text, "notifi_due_events") == 0
    assert value(text, "notifi_open_streams") == 0


@pytest.mark.parametrize("crippled", NOWHERE, indirect=True)
def test_metrics_answer_without_a_part(crippled: FlaskClient):
    answer = crippled.get("/metrics")
    assert answer.status_code == 200
    assert value(answer.text, "notifi_open_streams") == 0


@pytest.mark.parametrize(
    "caller",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}},
        {"environ_base": {"REMOTE_ADDR": ""}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}, "headers": {"Authorization": "Bearer "}},
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}, "headers": {"Authorization": "Bearer wrong"}},
    ],
)
def test_metrics_do_not_exist_for_the_public(client: FlaskClient, caller: dict[str, Any]):
    answer = client.get("/metrics", **caller)
    assert answer.status_code == 404
    assert "notifi_" not in answer.text


def test_metrics_open_to_their_token_from_anywhere(client: FlaskClient, with_token: None):
    away: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, **away).status_code == 200
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}, **away).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer é"}, **away).status_code == 404
