"""The page of the site's health: each part, how it does, since when, and how to mend it."""

import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from hackitech.channels.circuit import circuit_for
from hackitech.clock import Clock
from hackitech.core import clock
from hackitech.core.publish import CLOCK_SEEN
from hackitech.core.queues import queue
from hackitech.core.redis import patient_client
from hackitech.operations import health_service
from hackitech.operations.doctor import Words
from tests.admin.staff import Staff


@pytest.fixture(autouse=True)
def unread(app: Flask) -> Iterator[None]:
    """Nothing is known of any part yet."""
    app.extensions.pop("checkup", None)
    yield
    app.extensions.pop("checkup", None)


def look(admin: Staff) -> dict[str, tuple[str, str]]:
    """Open the page, and return state and words of each part."""
    page = admin.get("health/")
    assert page.status_code == 200
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>\s*<td>(.*?)</td>', page.text, re.DOTALL)
    return {label: (words(state), words(text)) for label, state, text in rows}


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_where_nothing_runs_it_says_so_and_how_to_start_it(admin: Staff) -> None:
    found = look(admin)
    assert found["Database"][0] == found["Migrations"][0] == found["Types"][0] == "in order"
    assert found["Redis"] == ("in order", "answers")
    assert found["Mail server"] == ("in order", "accepts connections")
    assert found["Clock"][0] == found["Queue: Email"][0] == "broken"
    assert found["Queue: Email"][1].startswith("nobody works on it; jobs that wait: 0")
    assert "How to mend it: start everything with make run" in found["Clock"][1]
    assert "4 parts are broken." in words(admin.get("health/").text)


def test_a_clock_that_ticks_is_in_order_and_a_silent_one_is_stale(app: Flask, admin: Staff) -> None:
    connection = patient_client()
    Clock(connection).wait(0.0)
    assert look(admin)["Clock"] == ("in order", "last seen just now")

    connection.set(CLOCK_SEEN, clock.after(-180).isoformat())
    app.extensions.pop("checkup")
    state, text = look(admin)["Clock"]
    assert state == "broken" and text.startswith("last seen 3 min. ago, so nothing leaves")


def test_a_queue_tells_its_workers_and_when_they_were_heard_of(admin: Staff) -> None:
    connection = patient_client()
    worker = SimpleWorker([queue("email", connection)], connection=connection, serializer=JSONSerializer)
    worker.register_birth()
    try:
        found = look(admin)
    finally:
        worker.register_death()
    assert found["Queue: Email"] == (
        "in order",
        "workers: 1, last heard of just now; jobs that wait: 0",
    )
    assert found["Queue: Push"][0] == "broken"


def test_a_provider_that_is_left_alone_is_named(app: Flask, admin: Staff) -> None:
    circuit = circuit_for("push.example")
    for _ in range(20):
        circuit._record(failed=True)
    app.extensions["circuits"].clear()
    state, text = look(admin)["Circuits"]
    assert state == "to be watched" and "push.example" in text


def test_without_redis_what_it_knows_is_unknown(
    app: Flask, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = app.extensions["redis_gate"]
    monkeypatch.setattr(gate.client.connection_pool, "connection_kwargs", {"path": "/nowhere/redis.sock"})
    monkeypatch.setattr(gate.client.connection_pool, "_available_connections", [])
    found = look(admin)
    assert found["Clock"][1].startswith("unknown, as Redis does not answer")
    assert "mend Redis first" in found["Queue: Push"][1]
    assert found["Database"][0] == "in order"


@pytest.mark.sqlite_only
def test_keys_that_are_of_no_use_are_named(app: Flask, admin: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "APNS_KEY", "no key")
    state, text = look(admin)["Push to Apple devices"]
    assert state == "broken" and "APNS_KEY_ID, APNS_TEAM_ID, APNS_TOPIC are missing" in text


@pytest.fixture
def mute_mail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A mail server that takes calls and says nothing; it hangs up after the test."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setitem(app.config, "SMTP_CONNECT_TIMEOUT", 2.0)
        monkeypatch.setattr(health_service, "PATIENCE", 0.3)
        yield


def test_a_slow_check_keeps_the_page_waiting_for_a_moment_only(admin: Staff, mute_mail: None) -> None:
    began = time.monotonic()
    found = look(admin)
    assert time.monotonic() - began < 2
    assert found["Mail server"] == ("to be watched", "no answer yet")
    assert found["Types"][0] == "in order"


def test_what_does_not_answer_any_more_shows_what_was_found_last(
    app: Flask, admin: Staff, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    assert look(admin)["Mail server"][0] == "in order"
    request.getfixturevalue("mute_mail")
    monkeypatch.setattr(health_service, "FRESH_FOR", -health_service.FRESH_FOR)
    state, text = look(admin)["Mail server"]
    assert state == "to be watched"
    assert re.fullmatch(r"accepts connections This was at .*; there has been no answer since\.", text)


def test_a_check_is_asked_again_only_after_a_while(admin: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    checks = {"disk": lambda: asked.append(1) or Words("fine")}  # type: ignore[func-returns-value]
    kept = health_service.Checkup(checks)
    app: Any = admin.client.application
    for _ in range(3):
        (reading,) = kept.read(app)
        assert reading.fresh and reading.finding and reading.finding.well
    assert len(asked) == 1


def test_a_check_that_fails_itself_is_broken_and_hides_nothing_else(admin: Staff) -> None:
    def stumble() -> Words:
        raise ZeroDivisionError

    checks = {"disk": stumble, "redis": lambda: Words("fine")}
    disk, redis = health_service.Checkup(checks).read(admin.client.application)
    assert disk.finding and disk.finding.kind == "error" and "ZeroDivisionError" in disk.finding.sentence
    assert redis.finding and redis.finding.well


def test_members_and_organisers_do_not_see_it(organiser: Staff) -> None:
    assert organiser.get("health/").status_code == 403
