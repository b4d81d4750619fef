"""Security 16: guessing is slow, nobody is locked out, and nothing tells who has an account."""

import math
import time
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.app import create_app
from tests.factories import PASSWORD, make_user, same_origin

TOKEN = "/api/auth/token/"
UNKNOWN = "nobody@example.org"
FEWEST, TRIES = 10, 100

pytestmark = pytest.mark.usefixtures("db_session")


def guess(
    client: FlaskClient,
    email: str,
    password: str = "wrong password",
    address: str = "192.0.2.1",
    **headers: str,
) -> TestResponse:
    """Try a password from an address."""
    return client.post(
        TOKEN,
        json={"email": email, "password": password},
        environ_base={"REMOTE_ADDR": address},
        headers=headers,
    )


@pytest.mark.parametrize("known", [True, False])
def test_sec_16_the_sixth_try_in_a_minute_is_refused_for_this_account_and_address(
    client: FlaskClient, known: bool
) -> None:
    email = make_user().email if known else UNKNOWN
    assert [guess(client, email).status_code for _ in range(6)] == [401] * 5 + [429]
    refused = guess(client, email.upper(), PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert guess(client, email, address="192.0.2.2").status_code == 401
    assert guess(client, make_user().email).status_code == 401


def test_sec_16_the_page_and_the_api_count_together(client: FlaskClient) -> None:
    email = make_user().email
    for _ in range(5):
        guess(client, email, address="127.0.0.1")
    form = {"email": email, "password": PASSWORD}
    answer = client.post("/login", data=form, headers=same_origin(client))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_sec_16_an_address_has_so_many_tries_an_hour_at_all_accounts(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LOGIN_PER_HOUR_ADDRESS", 7)
    answers = [guess(client, f"member{number}@example.net").status_code for number in range(8)]
    assert answers == [401] * 7 + [429]
    assert int(guess(client, UNKNOWN).headers["Retry-After"]) > 60
    assert guess(client, UNKNOWN, address="192.0.2.9").status_code == 401


def test_sec_16_an_account_under_attack_gets_slower_and_is_never_locked(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("hackitech.accounts.guessing.time.sleep", waits.append)
    monkeypatch.setitem(app.config, "LOGIN_PER_HOUR_ACCOUNT", 3)
    user = make_user()
    for number in range(10):
        assert guess(client, user.email, address=f"192.0.2.{number}").status_code == 401
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]
    assert guess(client, user.email, PASSWORD, address="198.51.100.1").status_code == 201


def test_sec_16_signing_in_rightly_is_no_guess(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LOGIN_PER_HOUR_ADDRESS", 6)
    users = [make_user() for _ in range(8)]
    assert {guess(client, user.email, PASSWORD).status_code for user in users} == {201}
    assert {guess(client, users[0].email, PASSWORD).status_code for _ in range(8)} == {201}


def test_sec_16_it_holds_while_redis_is_away(app_settings: dict[str, Any]) -> None:
    app = create_app({**app_settings, "REDIS_URL": "redis://127.0.0.1:1/0"})
    client = app.test_client()
    assert [guess(client, UNKNOWN).status_code for _ in range(6)] == [401] * 5 + [429]


def test_sec_16_redis_holds_no_email_address(client: FlaskClient, redis_url: str) -> None:
    guess(client, UNKNOWN)
    with redis.Redis.from_url(redis_url) as connection:
        keys = b" ".join(connection.keys())
    assert keys
    assert b"nobody" not in keys


def test_sec_16_an_unknown_account_takes_as_long(client: FlaskClient) -> None:
    def seconds(email: str, number: int) -> float:
        began = time.perf_counter()
        guess(client, email, address=f"192.0.2.{number}")
        return time.perf_counter() - began

    known, unknown = math.inf, math.inf
    for number in range(TRIES):
        # The quickest of each, in turns: the rest says how busy the machine was, for as long as it is.
        known = min(known, seconds(make_user().email, number))
        unknown = min(unknown, seconds(f"nobody{number}@example.org", number))
        if number >= FEWEST and 0.6 < known / unknown < 1.6:
            return
    pytest.fail(f"known {known:.3f} s, unknown {unknown:.3f} s")


def test_sec_16_an_address_cannot_be_made_up(client: FlaskClient) -> None:
    answers = [guess(client, UNKNOWN, **{"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(6)]
    assert answers == [401] * 5 + [429]


def test_sec_16_behind_a_proxy_only_its_own_word_counts(app_settings: dict[str, Any]) -> None:
    client = create_app({**app_settings, "PROXY_HOPS": 1}).test_client()
    forged = [guess(client, UNKNOWN, **{"X-Forwarded-For": f"203.0.113.{n}, 192.0.2.7"}) for n in range(6)]
    assert [answer.status_code for answer in forged] == [401] * 5 + [429]
    assert guess(client, UNKNOWN, **{"X-Forwarded-For": "192.0.2.8"}).status_code == 401


def test_sec_16_nought_switches_a_limit_off(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGIN_PER_MINUTE", "LOGIN_PER_HOUR_ACCOUNT", "LOGIN_PER_HOUR_ADDRESS"):
        monkeypatch.setitem(app.config, name, 0)
    assert {guess(client, UNKNOWN).status_code for _ in range(8)} == {401}
