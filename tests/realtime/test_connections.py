"""What one open stream and all of them together promise whoever writes to them."""

from types import SimpleNamespace

import pytest

from hackitech.accounts.principal import Principal
from hackitech.realtime.announcer import REMEMBERED, Announced
from hackitech.realtime.connections import MOST_PER_MEMBER, TOO_SLOW, Connection, Connections

pytestmark = pytest.mark.sqlite_only


def connection(member: int = 1, capacity: int = 3) -> Connection:
    who = Principal(member, "m@example.org", "M", "member", "fr", "Europe/Paris", frozenset({"read"}))
    return Connection(who, capacity)


def copy(event: int, member: int, surfaced: int = 0) -> SimpleNamespace:
    return SimpleNamespace(event_id=event, recipient_id=member, surfaced_at=surfaced)


def test_frames_are_taken_in_order_and_once():
    stream = connection()
    for text in "abc":
        stream.put(text, 0)
    assert stream.take(1) == ["a", "b", "c"]
    assert stream.take(0) == []


def test_one_frame_too_many_ends_the_stream_and_frees_what_waited():
    stream = connection(capacity=3)
    for text in "abcd":
        stream.put(text, 0)
    assert stream.close_code == TOO_SLOW
    assert stream.take(1) == []


def test_the_first_reason_to_end_counts():
    stream = connection()
    stream.close(1008)
    stream.close(1012)
    assert stream.close_code == 1008


def test_the_members_who_listen_are_found():
    streams = Connections()
    first, second = connection(1), connection(2)
    for stream in (first, second, connection(2)):
        streams.add(stream)
    assert streams.members() == [1, 2]
    assert streams.members([3, 2]) == [2]
    assert len(streams) == 3
    streams.remove(first)
    streams.remove(first)
    assert streams.of(1) == [] and streams.members() == [2]


def test_a_members_oldest_stream_gives_way():
    streams, own = Connections(), [connection() for _ in range(MOST_PER_MEMBER + 1)]
    for stream in own:
        streams.add(stream)
    assert [stream.close_code for stream in own] == [TOO_SLOW] + [None] * MOST_PER_MEMBER


def test_a_copy_is_announced_once_and_again_when_it_surfaces_again():
    announced = Announced()
    announced.add(copy(7, 1))
    assert copy(7, 1) in announced
    assert copy(7, 1, surfaced=5) not in announced
    assert copy(7, 2) not in announced
    assert announced.lacking(7, [1, 2]) == [2]


def test_what_was_announced_is_forgotten_by_and_by():
    announced = Announced()
    for event in range(REMEMBERED + 1):
        announced.add(copy(event, 1))
    assert copy(0, 1) not in announced
    assert copy(REMEMBERED, 1) in announced
