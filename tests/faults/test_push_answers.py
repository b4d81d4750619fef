"""What a push service may answer, through the whole engine: each by its class, each device by itself."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.devices.service import register_device
from hackitech.models.device import Device
from tests.channels.push_server import Browser, PushServer
from tests.channels.scripted_server import Script
from tests.factories import make_user
from tests.faults.engine import announce, deliveries, make_due, outcomes, run, statuses

Register = Callable[[int, str], int]


@pytest.fixture
def push_server(app: Flask, db_session: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushServer]:
    """A push service that answers what a test tells it to, and that the application is allowed to call."""
    with PushServer() as server:
        monkeypatch.setitem(app.config, "PUSH_HOSTS", [server.host])
        monkeypatch.setitem(app.config, "HTTP_READ_TIMEOUT", 0.3)
        yield server


@pytest.fixture
def register(push_server: PushServer) -> Register:
    """Register a browser of a member, whose pushes go to a path of the service."""
    browser = Browser()

    def registered(member: int, path: str) -> int:
        device, _ = register_device(
            member,
            {
                "kind": "webpush",
                "name": path,
                "address": f"{push_server.origin}/{path}",
                "p256dh": browser.p256dh,
                "auth": browser.auth,
            },
        )
        return device.id

    return registered


def disabled() -> list[int]:
    return list(db.session.scalars(sa.select(Device.id).where(Device.disabled_at.is_not(None))))


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (Script(201), "sent"),
        (Script(404), "permanent-failure"),
        (Script(410), "permanent-failure"),
        (Script(307, {"Location": "/elsewhere"}), "technical-failure"),
        (Script(400), "technical-failure"),
        (Script(413), "technical-failure"),
        (Script(429), "retrying"),
        (Script(500), "retrying"),
        (Script(201, delay=1.0), "retrying"),
    ],
    ids=["201", "404", "410", "307", "400", "413", "429", "500", "hangs"],
)
def test_each_answer_has_its_class_and_concerns_one_device(
    push_server: PushServer, register: Register, redis_url: str, script: Script, status: str
) -> None:
    member = make_user().id
    one, other = register(member, "one"), register(member, "other")
    push_server.scripts["/one"] = script
    announce(member, channel="push")
    run(redis_url, "push")
    found = {row.target: row for row in deliveries("push")}
    assert (found[one].status, found[other].status) == (status, "sent")
    assert outcomes(found[one].id) == [status]
    assert (found[one].due_at is None) == (status != "retrying")
    assert disabled() == ([one] if status == "permanent-failure" else [])
    assert "/elsewhere" not in {push.path for push in push_server.pushes}


@pytest.mark.parametrize(
    "failure", [Script(429), Script(503), Script(201, delay=1.0)], ids=["429", "503", "hangs"]
)
def test_what_failed_for_the_moment_is_tried_again_and_arrives(
    push_server: PushServer, register: Register, redis_url: str, failure: Script
) -> None:
    member = make_user().id
    register(member, "one")
    push_server.scripts["/one"] = failure
    announce(member, channel="push")
    run(redis_url, "push")
    del push_server.scripts["/one"]
    make_due()
    run(redis_url, "push")
    assert statuses("push") == ["sent"]
    topics = {push.headers["Topic"] for push in push_server.pushes}
    assert (len(push_server.pushes), len(topics)) == (2, 1)


def test_a_busy_service_is_left_alone_for_as_long_as_it_says(
    push_server: PushServer, register: Register, redis_url: str
) -> None:
    member = make_user().id
    register(member, "one")
    push_server.scripts["/one"] = Script(429, {"Retry-After": "120"})
    announce(member, channel="push")
    run(redis_url, "push")
    (waiting,) = deliveries("push")
    assert dt.timedelta(seconds=110) < waiting.due_at - clock.now() <= dt.timedelta(seconds=120)
    assert run(redis_url, "push") == 0


def test_a_device_that_is_gone_is_not_written_to_again(
    push_server: PushServer, register: Register, redis_url: str
) -> None:
    member = make_user().id
    register(member, "gone")
    push_server.scripts["/gone"] = Script(410)
    announce(member, channel="push")
    run(redis_url, "push")
    announce(member, channel="push")
    run(redis_url, "push")
    assert statuses("push") == ["permanent-failure", "suppressed"]
    assert len(push_server.pushes) == 1
