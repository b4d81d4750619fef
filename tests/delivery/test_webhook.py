"""From a call of notify() to a program that a member connected, and what its answers lead to."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.devices.service import Registration, register_device
from hackitech.models.delivery import Delivery
from hackitech.models.device import Device
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from hackitech.preferences.service import toggle_all
from tests.channels.receiver import Receiver
from tests.channels.scripted_server import Script
from tests.factories import make_user
from tests.faults.engine import deliveries, make_due, outcomes, run, statuses

Connect = Callable[..., int]


@pytest.fixture
def receiver(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A program at an address that the application may call."""
    with Receiver() as server:
        monkeypatch.setitem(context.config, "WEBHOOK_HOSTS", [server.host])
        monkeypatch.setitem(context.config, "HTTP_READ_TIMEOUT", 0.3)
        yield server


@pytest.fixture
def connect(receiver: Receiver) -> Connect:
    """Register a member's webhook at a path of the receiver, and want mentions there; return its id."""

    def connected(member: User, path: str = "/hook") -> int:
        registration: Registration = {
            "kind": "webhook",
            "name": path,
            "address": f"{receiver.origin}{path}",
            "p256dh": None,
            "auth": None,
        }
        device, _ = register_device(member.id, registration)
        toggle_all(member.id, enabled=True, notification_type="mention", channel="webhook")
        receiver.secret = device.secret or ""
        return device.id

    return connected


def mention(*members: User) -> None:
    words = {"fr": "On parle de toi", "en": "A mention"}
    with atomic():
        notify("mention", recipients=list(members), title=words, message="M")


def test_a_notification_reaches_the_program_signed_and_in_its_members_language(
    receiver: Receiver, connect: Connect, redis_url: str
) -> None:
    member = make_user(locale="fr")
    device = connect(member)
    mention(member)
    assert run(redis_url, "webhook") == 1
    [delivery] = deliveries("webhook")
    assert (delivery.status, delivery.target) == ("sent", device)
    [request] = receiver.pushes
    told = receiver.read(request)["data"]["notification"]
    assert (told["title"], told["recipient"]) == ("On parle de toi", member.id)
    assert request.headers["webhook-id"] == f"ntf-{delivery.id}-0"


def test_whoever_has_no_webhook_has_no_delivery_and_is_told_nothing_of_it(
    connect: Connect, redis_url: str
) -> None:
    connected, other = make_user(), make_user()
    connect(connected)
    mention(connected, other)
    assert [row.recipient_id for row in deliveries("webhook")] == [connected.id]


def test_a_webhook_gets_nothing_that_its_member_did_not_turn_on(connect: Connect, redis_url: str) -> None:
    member = make_user()
    connect(member)
    with atomic():
        notify("announcement", recipients=[member], title="T", message="M")
    rules = db.session.scalars(sa.select(Delivery.rule).where(Delivery.channel == "webhook"))
    assert (statuses("webhook"), list(rules)) == (["suppressed"], ["default_off"])


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (Script(204), "sent"),
        (Script(410), "permanent-failure"),
        (Script(401), "technical-failure"),
        (Script(403), "technical-failure"),
        (Script(413), "technical-failure"),
        (Script(307, {"Location": "/elsewhere"}), "technical-failure"),
        (Script(404), "retrying"),
        (Script(429), "retrying"),
        (Script(500), "retrying"),
        (Script(201, delay=1.0), "retrying"),
    ],
    ids=["204", "410", "401", "403", "413", "307", "404", "429", "500", "hangs"],
)
def test_each_answer_has_its_class_and_concerns_one_webhook(
    receiver: Receiver, connect: Connect, redis_url: str, script: Script, status: str
) -> None:
    member = make_user()
    one, other = connect(member, "/one"), connect(member, "/other")
    receiver.scripts["/one"] = script
    mention(member)
    run(redis_url, "webhook")
    found = {row.target: row for row in deliveries("webhook")}
    assert (found[one].status, found[other].status) == (status, "sent")
    assert outcomes(found[one].id) == [status]
    assert "/elsewhere" not in {request.path for request in receiver.pushes}
    disabled = list(db.session.scalars(sa.select(Device.id).where(Device.disabled_at.is_not(None))))
    assert disabled == ([one] if status == "permanent-failure" else [])


def test_what_failed_for_the_moment_is_sent_again_under_the_same_id(
    receiver: Receiver, connect: Connect, redis_url: str
) -> None:
    member = make_user()
    connect(member)
    receiver.scripts["/hook"] = Script(503)
    mention(member)
    run(redis_url, "webhook")
    del receiver.scripts["/hook"]
    make_due()
    run(redis_url, "webhook")
    assert statuses("webhook") == ["sent"]
    assert len(receiver.pushes) == 2
    assert len({request.headers["webhook-id"] for request in receiver.pushes}) == 1


def test_a_webhook_that_is_removed_gets_nothing_that_was_under_way(
    receiver: Receiver, connect: Connect, redis_url: str
) -> None:
    member = make_user()
    device = connect(member)
    mention(member)
    with atomic() as session:
        session.execute(sa.delete(Device).where(Device.id == device))
    assert run(redis_url, "webhook") == 0
    assert statuses("webhook") == ["suppressed"] and not receiver.pushes
