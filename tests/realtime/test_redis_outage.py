"""Redis goes, freezes, forgets and comes back: streams stay open and miss nothing."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories import bearer, make_user
from tests.realtime.server import Listener, WebProcess, ids
from tests.realtime.story import send, send_quietly
from tests.services import RedisServer

pytestmark = pytest.mark.postgres_only

KINDS = {"notification.created", "inbox.changed"}


@pytest.fixture(scope="module")
def redis_server(services_folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(services_folder / "mortal")
    yield server
    server.close()


@pytest.fixture(scope="module")
def own_web(web_settings: dict[str, Any], redis_server: RedisServer) -> Iterator[WebProcess]:
    """A server whose Redis may die; it is slow to sweep, so that what is quick is not the sweep's doing."""
    server = WebProcess({**web_settings, "REDIS_URL": redis_server.url}, SWEEP_INTERVAL="3s")
    yield server
    server.close()


def until(stream: Listener, done: Callable[[list[dict[str, Any]]], bool], patience: float = 20):
    """Return the frames that come until `done` says that these are all."""
    deadline = time.monotonic() + patience
    frames: list[dict[str, Any]] = []
    while not done(frames):
        frames.append(stream.next(max(0.1, deadline - time.monotonic())))
    return frames


def test_a_stream_opens_and_is_told_without_redis_though_later(
    platform: Flask, own_web: WebProcess, redis_server: RedisServer
):
    redis_server.stop()
    member = make_user()
    stream = own_web.listen(bearer(member))
    new = send(member)
    assert ids(until(stream, lambda frames: len(frames) > 0)) == [new]
    redis_server.start()
    stream.close()


def test_when_redis_comes_back_each_stream_gets_what_it_missed_and_reads_its_list(
    platform: Flask, own_web: WebProcess, redis_server: RedisServer
):
    first, second = make_user(), make_user()
    streams = {member.id: own_web.listen(bearer(member)) for member in (first, second)}
    time.sleep(0.3)
    redis_server.stop()
    missed = {member.id: send_quietly(member, 5) for member in (first, second)}
    redis_server.start()
    for member_id, stream in streams.items():
        frames = until(stream, lambda frames: any(f["type"] == "inbox.changed" for f in frames))
        frames += stream.rest()
        assert ids(frames) == missed[member_id]
        assert {frame["type"] for frame in frames} == KINDS
        assert frames[-1]["unread_count"] == 5
        stream.close()


def test_a_publication_that_got_lost_is_made_good(platform: Flask, own_web: WebProcess):
    member = make_user()
    stream = own_web.listen(bearer(member))
    (lost,) = send_quietly(member, 1)
    frames = until(stream, lambda frames: len(frames) > 0)
    assert ids(frames) == [lost]
    assert stream.rest(4.0) == []  # once, however often it is swept
    stream.close()
