"""Coming back: what happened meanwhile arrives, oldest first, none lost and none twice."""

import threading
from collections.abc import Callable

from flask import Flask

from hackitech.core import clock
from hackitech.notifications import service
from hackitech.notifications.schedule_service import wake_snoozed
from tests.factories import bearer, make_user
from tests.realtime.server import Listener, WebProcess, ids
from tests.realtime.story import send, send_quietly
from tests.services import wait_until

Listen = Callable[..., Listener]
LONG_AGO = 60.0


def test_fifty_created_while_away_arrive_in_order(platform: Flask, listen: Listen):
    member = make_user()
    send_quietly(member, 3, minutes_ago=LONG_AGO)
    stream = listen(member)
    last = stream.hello["last_id"]
    stream.close()
    missed = send_quietly(member, 50)
    stream = listen(member, f"?after={last}")
    assert stream.hello["unread_count"] == 53
    frames = stream.rest()
    assert ids(frames) == missed
    assert {frame["unread_count"] for frame in frames} == {53}


def test_a_client_that_keeps_dropping_off_misses_nothing(platform: Flask, web: WebProcess):
    member = make_user()
    headers = bearer(member)
    sent: list[int] = []

    def write() -> None:
        with platform.app_context():
            sent.extend(send(member) for _ in range(50))

    writer = threading.Thread(target=write)
    writer.start()
    seen: dict[int, None] = {}
    for _ in range(100):
        stream = web.listen(headers, f"?after={max(seen, default=0)}")
        before = len(seen)
        while len(seen) < min(before + 8, 50):
            seen[stream.expect("notification.created")["notification"]["id"]] = None
        stream.close()
        if len(seen) == 50:
            break
    writer.join()
    assert list(seen) == sent


def test_after_zero_gives_everything(platform: Flask, listen: Listen):
    member = make_user()
    old, new = send_quietly(member, 2, minutes_ago=LONG_AGO), send_quietly(member, 1)
    assert ids(listen(member, "?after=0").rest()) == old + new


def test_what_is_known_and_old_is_not_repeated_but_the_last_minute_is(platform: Flask, listen: Listen):
    member = make_user()
    send_quietly(member, 2, minutes_ago=LONG_AGO)
    recent = send_quietly(member, 2, minutes_ago=0.5)
    assert ids(listen(member, f"?after={recent[-1]}").rest()) == recent


def test_without_after_nothing_is_repeated(platform: Flask, listen: Listen):
    member = make_user()
    send_quietly(member, 2)
    assert listen(member).rest() == []


def test_a_snooze_that_ended_meanwhile_comes_back_last(platform: Flask, listen: Listen):
    member = make_user()
    snoozed, other, last = send_quietly(member, 3, minutes_ago=LONG_AGO)
    (middle,) = send_quietly(member, 1, minutes_ago=LONG_AGO / 2)
    service.snooze(snoozed, member.id, clock.after(0.05))
    stream = listen(member, f"?after={last}")
    assert ids(stream.rest()) == [middle]
    wait_until(wake_snoozed)
    assert ids(stream.rest()) == [snoozed]
    assert ids(listen(member, f"?after={last}").rest()) == [middle, snoozed]


def test_an_unknown_or_foreign_id_stands_for_its_time(platform: Flask, listen: Listen):
    member, other = make_user(), make_user()
    send_quietly(member, 2, minutes_ago=LONG_AGO)
    (foreign,) = send_quietly(other, 1, minutes_ago=LONG_AGO / 2)
    later = send_quietly(member, 2, minutes_ago=LONG_AGO / 3)
    assert ids(listen(member, f"?after={foreign}").rest()) == later
    assert ids(listen(member, f"?after={2**63 - 1}").rest()) == []


def test_a_deleted_id_still_says_where_the_client_was(platform: Flask, listen: Listen, web: WebProcess):
    member = make_user()
    _, known, missed = send_quietly(member, 3, minutes_ago=LONG_AGO)
    web.send("DELETE", f"/api/notifications/notifications/{known}/", bearer(member))
    assert ids(listen(member, f"?after={known}").rest()) == [missed]


def test_beyond_five_hundred_the_client_is_told_to_read_its_list(platform: Flask, listen: Listen):
    member = make_user()
    missed = send_quietly(member, 510, minutes_ago=LONG_AGO)
    frames = listen(member, "?after=0").rest(1.0)
    assert ids(frames) == missed[:500]
    assert frames[500:] == [{"type": "inbox.changed", "unread_count": 510}]
    assert ids(listen(member, f"?after={missed[499]}").rest()) == missed[500:]
