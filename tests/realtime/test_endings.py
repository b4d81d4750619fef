"""How a stream ends: who is no longer allowed, too slow, too loud; and when the server restarts."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.accounts.service import revoke_token
from hackitech.accounts.sessions import end_sessions
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.session import Session
from hackitech.models.user import User
from tests.factories import bearer, make_user
from tests.realtime.server import Listener, WebProcess, ids
from tests.realtime.slow_reader import PING, TEXT, RawClient
from tests.realtime.story import browser, send
from tests.services import wait_until

pytestmark = pytest.mark.sqlite_only

Listen = Callable[..., Listener]
StartWeb = Callable[..., WebProcess]
UNREAD = "/api/notifications/notifications/unread_count/"
WIDE = {"text": "x" * 8000}


def disable(member: User) -> None:
    with atomic() as session:
        session.execute(sa.update(User).where(User.id == member.id).values(active=False))


def revoke(member: User) -> None:
    with atomic() as session:
        token = session.scalar(sa.select(ApiToken.id).where(ApiToken.user_id == member.id))
    revoke_token(token, member.id)


def expire(member: User) -> None:
    with atomic() as session:
        own = ApiToken.user_id == member.id
        session.execute(sa.update(ApiToken).where(own).values(expires_at=ApiToken.created_at))


@pytest.mark.parametrize("end", [disable, revoke, expire])
def test_a_token_that_is_over_ends_its_streams_within_five_seconds(
    platform: Flask, listen: Listen, end: Callable[[User], None]
):
    member, other = make_user(), make_user()
    stream, untouched = listen(member), listen(other)
    end(member)
    assert stream.close_code(5) == 1008
    send(other)
    assert untouched.expect("notification.created")


def test_signing_out_ends_the_streams_of_that_session_at_once(platform: Flask, web: WebProcess):
    member = make_user()
    stream, by_token = web.listen(browser(web, member)), web.listen(bearer(member))
    with atomic():
        end_sessions(member.id)
    began = time.monotonic()
    assert stream.close_code() == 1008
    assert time.monotonic() - began < 0.8  # sooner than the next regular check
    assert by_token.rest() == []
    by_token.close()


def test_a_session_that_ended_in_the_database_alone_is_noticed(platform: Flask, web: WebProcess):
    member = make_user()
    stream = web.listen(browser(web, member))
    with atomic() as session:
        session.execute(sa.delete(Session).where(Session.user_id == member.id))
    assert stream.close_code(5) == 1008


def test_more_than_four_kilobytes_at_once_end_the_stream(platform: Flask, listen: Listen):
    stream = listen(make_user())
    stream.connection.send("x" * 4097)
    assert stream.close_code() == 1009


def test_four_kilobytes_are_borne(platform: Flask, listen: Listen):
    member = make_user()
    stream = listen(member)
    stream.connection.send("x" * 4096)
    send(member)
    assert stream.expect("notification.created")


@pytest.mark.parametrize(("opcode", "payload"), [(TEXT, b""), (TEXT, b"hello"), (PING, b"12345678")])
def test_a_flood_of_small_frames_ends_the_stream(
    platform: Flask, web: WebProcess, opcode: int, payload: bytes
):
    client = RawClient(web.port, bearer(make_user()))
    for _ in range(2000):
        client.send(opcode, payload)
    assert client.close_code() == 1009
    client.close()
    wait_until(lambda: web.open_streams() == 0, 5)


def test_a_reader_that_stops_reading_is_dropped_and_the_others_never_notice(
    platform: Flask, web: WebProcess, listen: Listen
):
    member = make_user()
    client, healthy = RawClient(web.port, bearer(member)), listen(member)
    sent = [send(member, data=WIDE) for _ in range(250)]
    received = [frame["notification"]["id"] for frame in healthy.take(250)]
    assert received == sent
    wait_until(lambda: web.open_streams() == 1, 15)
    assert client.close_code() == 1013
    client.close()


def test_who_stops_answering_pings_is_dropped(platform: Flask, start_web: StartWeb):
    web = start_web(STREAM_PING="300ms")
    client, healthy = RawClient(web.port, bearer(make_user())), web.listen(bearer(make_user()))
    assert client.close_code() == 1013
    assert healthy.rest(1.0) == []  # its client answers pings
    assert web.open_streams() == 1


def test_the_twenty_first_stream_of_a_member_ends_the_oldest(platform: Flask, listen: Listen):
    member = make_user()
    streams = [listen(member) for _ in range(21)]
    assert streams[0].close_code() == 1013
    send(member)
    assert all(stream.expect("notification.created") for stream in streams[1:])


def test_a_client_that_vanishes_is_forgotten(platform: Flask, web: WebProcess):
    client = RawClient(web.port, bearer(make_user()))
    wait_until(lambda: web.open_streams() == 1, 5)
    client.close()
    wait_until(lambda: web.open_streams() == 0, 5)


def test_a_reload_is_announced_costs_no_request_and_loses_nothing(platform: Flask, web: WebProcess):
    member = make_user()
    headers = bearer(member)
    streams = [web.listen(headers) for _ in range(5)]
    old = web.workers()
    web.process.send_signal(signal.SIGHUP)
    sent = []
    while old[0] in web.workers():
        assert web.get(UNREAD, headers).status_code == 200
        sent.append(send(member))
    for stream in streams:
        seen, code = stream.until_closed()
        assert code == 1012
        resumed = web.listen(headers, f"?after={max(ids(seen), default=0)}")
        assert list(dict.fromkeys(ids(seen) + ids(resumed.rest()))) == sent
        resumed.close()


def test_a_stop_is_announced_and_quick(platform: Flask, start_web: StartWeb):
    web = start_web()
    streams = [web.listen(bearer(make_user())) for _ in range(5)]
    took = web.stop()
    assert [stream.close_code() for stream in streams] == [1012] * 5
    assert took < 4


def test_threads_serve_too_and_always_keep_room_for_requests(platform: Flask, start_web: StartWeb):
    web = start_web("-k", "gthread", "--threads", "8")
    member = make_user()
    (worker,) = web.workers()
    streams = [web.listen(bearer(member)) for _ in range(6)]
    assert web.open_streams() == 6
    for stream in streams:
        stream.close()
    wait_until(lambda: web.open_streams() == 0, 5)
    base = threads(worker)
    stuck = RawClient(web.port, bearer(member))
    streams = [web.listen(bearer(member)) for _ in range(5)]
    full = web.refusal(bearer(member))
    assert full.status_code == 503 and int(full.headers["Retry-After"]) > 0
    for _ in range(250):
        new = send(member, data=WIDE)
    assert web.get("/healthz").ok
    for stream in streams:
        assert stream.take(250)[-1]["notification"]["id"] == new
        stream.close()
    # Their readers are gone; of its eight threads the pool may have begun the last two only now.
    wait_until(lambda: threads(worker) <= base + 2, 15)
    assert stuck.close_code() == 1013
    stuck.close()
    last = web.listen(bearer(member))
    assert web.stop() < 4
    assert last.close_code() == 1012


def threads(process: int) -> int:
    """Return how many threads a process has."""
    return len(list(Path(f"/proc/{process}/task").iterdir()))
