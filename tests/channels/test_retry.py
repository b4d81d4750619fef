"""When a failed delivery is tried again."""

import pytest
from flask import Flask

from hackitech.channels.base import Temporary
from hackitech.channels.email import EmailChannel
from hackitech.channels.push import PushChannel
from hackitech.channels.retry import backoff, next_wait
from tests.channels.conftest import MakeMessage

MINUTE, HOUR = 60, 3600


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (
            EmailChannel(),
            [1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR],
        ),
        (PushChannel(), [10, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, HOUR]),
    ],
)
def test_waits_grow_as_promised(
    channel_app: Flask, channel: EmailChannel | PushChannel, expected: list[float]
):
    for attempts, delay in enumerate(expected, start=1):
        assert 0.8 * delay <= channel.retry_delay(attempts) <= 1.2 * delay


def test_the_last_wait_repeats():
    assert 8 <= backoff([1, 10], 50) <= 12


def test_waits_are_spread():
    waits = {backoff([100], 1) for _ in range(50)}
    assert len(waits) > 40 and 80 <= min(waits) < 95 and 105 < max(waits) <= 120


def test_what_the_provider_asks_for_wins_within_reason(channel_app: Flask):
    channel = PushChannel()
    assert next_wait(channel, 1, Temporary("busy", retry_after=120)) == 120
    assert next_wait(channel, 1, Temporary("busy", retry_after=1e9)) == HOUR
    assert next_wait(channel, 1, Temporary("busy")) >= 8


@pytest.mark.parametrize("retry_after", [0, -5])
def test_a_time_that_is_over_is_no_reason_to_hurry(channel_app: Flask, retry_after: float):
    assert next_wait(PushChannel(), 1, Temporary("busy", retry_after=retry_after)) >= 8


def test_trying_ends(channel_app: Flask, make_message: MakeMessage):
    assert EmailChannel().retry_for(make_message()) == 72 * HOUR
    assert PushChannel().retry_for(make_message()) == 24 * HOUR
    assert PushChannel().retry_for(make_message(priority="urgent")) == HOUR
