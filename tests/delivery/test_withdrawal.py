"""Taking pushes back: what was dealt with in one place disappears from the others."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
import sqlalchemy as sa
import time_machine
from flask import Flask

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.publish import DEALT_WITH
from hackitech.core.queues import enqueue, queue
from hackitech.core.transaction import atomic
from hackitech.delivery import withdrawal
from hackitech.delivery.dispatch import deliver
from hackitech.delivery.service import relay_due
from hackitech.delivery.withdrawal_service import relay_withdrawals
from hackitech.models.delivery import Delivery
from hackitech.models.device import Device
from hackitech.models.notification import Notification
from hackitech.models.preference import Preference
from hackitech.models.user import User
from hackitech.notifications import event_service, service
from hackitech.notifications.filters import Filters
from tests.channels.push_server import Browser, PushServer
from tests.channels.scripted_server import Asked, Script
from tests.factories import make_user
from tests.processes import WorkerProcess
from tests.services import wait_until

Announce = Callable[..., Any]


class Phone:
    """A browser of a member, which decrypts what reaches it."""

    def __init__(self, server: PushServer, member: User) -> None:
        self._server, self._browser = server, Browser()
        with atomic() as session:
            device = Device(
                user_id=member.id,
                kind="webpush",
                address="-",
                address_hash=self._browser.auth,
                p256dh=self._browser.p256dh,
                auth=self._browser.auth,
                created_at=clock.now(),
            )
            session.add(device)
            session.flush()
            self.path = f"/{device.id}"
            device.address = f"{server.origin}{self.path}"
        self.id = device.id

    @property
    def pushes(self) -> list[Asked]:
        return [push for push in self._server.pushes if push.path == self.path]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What it was told, oldest first."""
        return [self._browser.read(push) for push in self.pushes]


@pytest.fixture
def push_service(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushServer]:
    """A push service that the application may call."""
    with PushServer() as server:
        monkeypatch.setitem(context.config, "PUSH_HOSTS", [server.host])
        yield server


@pytest.fixture
def connection(context: Flask, redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as connection:
        yield connection


@pytest.fixture
def work(connection: redis.Redis) -> Callable[[], int]:
    """Relay withdrawals as the clock does, run their jobs as the worker does, and return how many ran."""

    def run() -> int:
        relay_withdrawals(connection)
        waiting = queue("push", connection)
        jobs = waiting.get_jobs()
        waiting.empty()
        for job in jobs:
            job.func(*job.args)
        return len(jobs)

    return run


@pytest.fixture
def member(context: Flask) -> User:
    return make_pushed()


def make_pushed() -> User:
    """Make a member who wants announcements by push."""
    user = make_user()
    with atomic() as session:
        session.add(
            Preference(user_id=user.id, notification_type="announcement", channel="push", enabled=True)
        )
    return user


@pytest.fixture
def pushed(announce: Announce, connection: redis.Redis) -> Callable[..., int]:
    """Announce something, send its pushes, and return the last notification's id."""

    def run(*members: User, **content: Any) -> int:
        announce(*(member.id for member in members), **content)
        relay_due(connection)
        waiting = queue("push", connection)
        for job in waiting.get_jobs():
            deliver(*job.args)
        waiting.empty()
        return db.session.scalar(sa.select(sa.func.max(Notification.id))) or 0

    return run


def withdrawn() -> list[bool]:
    """Return of each push, oldest first, whether it was taken back."""
    db.session.rollback()
    pushes = sa.select(Delivery.withdrawn_at).where(Delivery.channel == "push").order_by(Delivery.id)
    return [at is not None for at in db.session.scalars(pushes)]


def test_what_is_read_in_one_place_disappears_from_every_device(
    push_service: PushServer, member: User, pushed: Callable[..., int], work: Callable[[], int]
) -> None:
    phones = [Phone(push_service, member), Phone(push_service, member)]
    pushed(member)
    notification = pushed(member)
    service.mark_as_read(notification, member.id)
    assert work() == 1
    for phone in phones:
        _, shown, taken = phone.messages
        assert taken == {"withdraw": shown["tag"], "id": notification, "unread_count": 1}
    assert withdrawn() == [False, False, True, True]


def test_a_withdrawal_takes_the_place_of_a_push_that_still_waits(
    push_service: PushServer, member: User, pushed: Callable[..., int], work: Callable[[], int]
) -> None:
    phone = Phone(push_service, member)
    service.mark_as_read(pushed(member), member.id)
    work()
    shown, taken = (push.headers for push in phone.pushes)
    assert shown["Topic"] == taken["Topic"]
    assert shown["TTL"] == taken["TTL"]


ENDINGS: dict[str, Callable[[int, int], Any]] = {
    "archived": lambda id_, user_id: service.act(id_, user_id, "archive"),
    "deleted": lambda id_, user_id: service.delete(id_, user_id, user_id, lambda _: None),
    "all read": lambda id_, user_id: service.mark_all_as_read(user_id, Filters()),
    "archived in bulk": lambda id_, user_id: service.bulk(user_id, "archive", Filters()),
    "retracted": lambda id_, user_id: event_service.retract("room:1", None),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_so_does_what_is_dealt_with_otherwise(
    push_service: PushServer,
    member: User,
    pushed: Callable[..., int],
    work: Callable[[], int],
    ending: str,
) -> None:
    phone = Phone(push_service, member)
    notification = pushed(member, object="room:1")
    ENDINGS[ending](notification, member.id)
    work()
    assert phone.messages[-1]["withdraw"] == phone.messages[0]["tag"]


@pytest.mark.parametrize("action", ["seen", "unread"])
def test_what_is_still_unread_stays(
    push_service: PushServer, member: User, pushed: Callable[..., int], work: Callable[[], int], action: str
) -> None:
    phone = Phone(push_service, member)
    notification = pushed(member)
    service.act(notification, member.id, action)
    service.snooze(notification, member.id, clock.after(3600))
    assert work() == 0
    assert len(phone.messages) == 1


def test_only_who_has_read_is_concerned(
    push_service: PushServer, member: User, pushed: Callable[..., int], work: Callable[[], int]
) -> None:
    other = make_pushed()
    Phone(push_service, member)
    phone = Phone(push_service, other)
    pushed(member, other)
    service.mark_all_as_read(member.id, Filters())
    work()
    assert len(phone.messages) == 1
    assert sorted(withdrawn()) == [False, True]


def test_it_is_told_once(
    push_service: PushServer,
    member: User,
    pushed: Callable[..., int],
    work: Callable[[], int],
    connection: redis.Redis,
) -> None:
    phone = Phone(push_service, member)
    notification = pushed(member)
    service.mark_as_read(notification, member.id)
    relay_withdrawals(connection)
    service.act(notification, member.id, "archive")
    assert work() == 2
    assert work() == 0
    assert len(phone.messages) == 2


def test_what_became_unread_again_in_the_meantime_stays(
    push_service: PushServer,
    member: User,
    pushed: Callable[..., int],
    work: Callable[[], int],
    connection: redis.Redis,
) -> None:
    phone = Phone(push_service, member)
    notification = pushed(member)
    service.mark_as_read(notification, member.id)
    relay_withdrawals(connection)
    service.act(notification, member.id, "unread")
    work()
    assert len(phone.messages) == 1


def test_what_is_read_while_its_push_is_on_its_way_is_taken_back_when_it_has_arrived(
    push_service: PushServer,
    member: User,
    announce: Announce,
    work: Callable[[], int],
    connection: redis.Redis,
) -> None:
    phone = Phone(push_service, member)
    announce(member.id)
    relay_due(connection)
    [job] = queue("push", connection).get_jobs()
    service.mark_all_as_read(member.id, Filters())
    queue("push", connection).empty()
    assert work() == 0
    deliver(*job.args)
    assert work() == 1
    assert len(phone.messages) == 2
    assert work() == 0
    assert connection.smembers(DEALT_WITH) == set()


def test_a_push_service_that_fails_is_not_asked_again(
    push_service: PushServer, member: User, pushed: Callable[..., int], work: Callable[[], int]
) -> None:
    phone, other = Phone(push_service, member), Phone(push_service, member)
    notification = pushed(member)
    push_service.scripts[phone.path] = Script(503)
    service.mark_as_read(notification, member.id)
    work()
    assert work() == 0
    assert len(phone.messages) == len(other.messages) == 2


def test_what_no_device_shows_any_more_is_left_alone(
    push_service: PushServer, member: User, pushed: Callable[..., int], work: Callable[[], int]
) -> None:
    phone, removed = Phone(push_service, member), Phone(push_service, member)
    notification = pushed(member)
    with atomic() as session:
        session.execute(sa.delete(Device).where(Device.id == removed.id))
    with time_machine.travel(clock.after(25 * 3600)):
        service.mark_as_read(notification, member.id)
        assert work() == 0
    service.act(notification, member.id, "archive")
    work()
    assert len(phone.messages) == 2
    assert len(removed.messages) == 1


def test_what_did_not_arrive_is_not_taken_back(
    push_service: PushServer, member: User, pushed: Callable[..., int], work: Callable[[], int]
) -> None:
    phone = Phone(push_service, member)
    push_service.scripts[phone.path] = Script(410)
    service.mark_as_read(pushed(member), member.id)
    assert work() == 0


def test_a_large_event_is_retracted_from_all_devices_in_several_goes(
    push_service: PushServer,
    pushed: Callable[..., int],
    work: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(withdrawal, "MOST", 3)
    members = [make_pushed() for _ in range(8)]
    phones = [Phone(push_service, member) for member in members]
    pushed(*members, object="room:1")
    event_service.retract("room:1", None)
    goes = 0
    while work():
        goes += 1
    assert [len(phone.messages) for phone in phones] == [2] * 8
    assert goes > 2


def test_while_the_workers_are_busy_it_waits(
    push_service: PushServer,
    member: User,
    pushed: Callable[..., int],
    connection: redis.Redis,
    context: Flask,
) -> None:
    Phone(push_service, member)
    service.mark_as_read(pushed(member), member.id)
    for _ in range(context.config["RELAY_DEPTH"]):
        enqueue("push", connection, "hackitech.delivery.jobs.deliver", "push", [])
    relay_withdrawals(connection)
    assert connection.smembers(DEALT_WITH) == {f"recipient:{member.id}".encode()}


def test_reading_asks_the_database_nothing_about_pushes(
    push_service: PushServer, member: User, pushed: Callable[..., int]
) -> None:
    Phone(push_service, member)
    notification = pushed(member)
    said: list[str] = []

    def listen(*event: Any) -> None:
        said.append(event[2])

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        service.mark_as_read(notification, member.id)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    assert said and not any("delivery" in statement or "device" in statement for statement in said)


def test_the_clock_takes_it_back_within_seconds(
    push_service: PushServer, member: User, pushed: Callable[..., int], app_settings: dict[str, Any]
) -> None:
    phone = Phone(push_service, member)
    notification = pushed(member)
    process = WorkerProcess(
        app_settings, "clock", "--work", "push", PUSH_HOSTS=push_service.host, SWEEP_INTERVAL="60s"
    )
    try:
        service.mark_as_read(notification, member.id)
        wait_until(lambda: len(phone.pushes) == 2)
    finally:
        process.end()
    assert withdrawn() == [True]
