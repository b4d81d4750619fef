"""Security 20: a principal reads and writes so many times a minute, with Redis or without."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

import config
from hackitech.app import create_app
from hackitech.core.database import db
from tests.callers import Caller, People
from tests.factories import bearer, make_user, same_origin, sign_in

READS, WRITES = 5, 3
Limited = Callable[[Caller], Caller]


@pytest.fixture(params=["redis", "without redis"])
def limited(request: pytest.FixtureRequest, app: Flask, app_settings: dict[str, Any]) -> Iterator[Limited]:
    """Let somebody call an application that has limits; its Redis may be away."""
    settings = {**app_settings, "RATE_LIMIT_READS": READS, "RATE_LIMIT_WRITES": WRITES}
    if request.param == "without redis":
        settings["REDIS_URL"] = "redis://127.0.0.1:1/0"
    other = create_app(settings)
    other.test_client_class = app.test_client_class
    yield lambda caller: Caller(other.test_client(), caller.headers, caller.id)
    with other.app_context():
        db.engine.dispose()


def read(caller: Caller) -> int:
    return caller.get("notifications/unread_count/").status_code


def write(caller: Caller) -> int:
    return caller.post("notifications/mark_all_as_read/").status_code


def test_reads_and_writes_are_counted_apart(people: People, limited: Limited):
    member = limited(people.member)
    assert [read(member) for _ in range(READS + 2)] == [200] * READS + [429] * 2
    assert [write(member) for _ in range(WRITES + 2)] == [200] * WRITES + [429] * 2


def test_whoever_is_refused_is_told_when_to_come_back(people: People, limited: Limited):
    member = limited(people.member)
    for _ in range(READS):
        read(member)
    response = member.get("notifications/")
    assert (response.status_code, response.mimetype) == (429, "application/problem+json")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert response.get_json()["status"] == 429


def test_one_members_requests_are_not_anothers(people: People, limited: Limited):
    member, other = limited(people.member), limited(people.other)
    for _ in range(READS + 1):
        read(member)
    assert (read(member), read(other)) == (429, 200)


def test_all_of_a_members_tokens_and_sessions_count_together(people: People, limited: Limited):
    user = make_user()
    first, second = (limited(Caller(people.member.client, bearer(user), user.id)) for _ in "12")
    browser = limited(Caller(people.member.client, {}, user.id))
    sign_in(browser.client, user)
    statuses = [read(caller) for caller in (first, second, browser, first, second, browser)]
    assert statuses == [200] * READS + [429]
    proof = same_origin(browser.client)
    pages = [
        browser.send("POST", "/inbox/bulk", data={}, headers=proof).status_code for _ in range(WRITES + 1)
    ]
    assert pages[-1] == 429


def test_what_a_missing_scope_refuses_counts_too(people: People, limited: Limited):
    member = limited(people.member)
    body = {"notification_type": "announcement", "recipient": 1, "title": "A", "message": "B"}
    statuses = [member.post("notifications/", body).status_code for _ in range(WRITES + 1)]
    assert statuses == [403] * WRITES + [429]


def test_nought_switches_the_limits_off(people: People, app: Flask):
    assert app.config["RATE_LIMIT_READS"] == 0
    assert {read(people.member) for _ in range(20)} == {200}


def test_the_limits_are_600_reads_and_120_writes():
    settings = config.load({})
    assert (settings["RATE_LIMIT_READS"], settings["RATE_LIMIT_WRITES"]) == (600, 120)
