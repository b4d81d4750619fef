"""Counting in fixed windows that begin with the first count, in Redis or in memory."""

from typing import Any

import pytest
from flask import Flask

from hackitech.app import create_app
from hackitech.core.errors import TooManyRequests
from hackitech.core.rate_limit import limit_requests, per_hour, per_minute, rest_of_window, tally, within


@pytest.fixture(params=["redis", "memory"])
def counting(request: pytest.FixtureRequest, app: Flask, app_settings: dict[str, Any]) -> Flask:
    """An application that counts in Redis, and one whose Redis is away."""
    if request.param == "redis":
        return app
    return create_app({**app_settings, "REDIS_URL": "redis://127.0.0.1:1/0"})


def test_each_is_counted_apart_and_can_be_taken_back(counting: Flask) -> None:
    with counting.app_context():
        assert [tally(per_hour(3), "a") for _ in range(5)] == [1, 2, 3, 4, 5]
        assert tally(per_hour(3), "b") == 1
        assert tally(per_hour(3), "a", amount=-1) == 4


def test_the_limit_itself_is_within(counting: Flask) -> None:
    with counting.app_context():
        assert [within(per_minute(2), "c") for _ in range(3)] == [True, True, False]


def test_the_rest_of_the_window_is_told(counting: Flask) -> None:
    with counting.app_context():
        tally(per_minute(2), "d")
        assert 58 <= rest_of_window(per_minute(2), "d") <= 60
        assert rest_of_window(per_minute(2), "nobody yet") >= 1


def test_too_many_requests_say_when_to_come_back(counting: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(counting.config, "RATE_LIMIT_WRITES", 2)
    with counting.app_context():
        limit_requests("writes", "7")
        limit_requests("writes", "7")
        with pytest.raises(TooManyRequests) as refusal:
            limit_requests("writes", "7")
        assert refusal.value.retry_after is not None
        assert 58 <= refusal.value.retry_after <= 60
        limit_requests("writes", "8")


def test_nought_switches_the_limit_off(counting: Flask) -> None:
    with counting.app_context():
        for _ in range(5):
            limit_requests("reads", "9")
