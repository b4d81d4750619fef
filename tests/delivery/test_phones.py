"""Android through the whole engine: reached where this server is set up for it, and explained where not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.core.queues import queue
from hackitech.core.transaction import atomic
from hackitech.delivery.dispatch import deliver
from hackitech.delivery.service import relay_due
from hackitech.devices.service import register_device
from hackitech.models.delivery import Delivery
from hackitech.models.device import Device
from hackitech.models.preference import Preference
from hackitech.models.user import User
from tests.channels.fcm_server import FcmServer, refusal
from tests.delivery.conftest import statuses
from tests.factories import make_user

Announce = Callable[..., Any]


@pytest.fixture
def fcm(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[FcmServer]:
    """An FCM whose service account the application has."""
    with FcmServer() as server:
        monkeypatch.setitem(context.config, "FCM_CREDENTIALS", server.credentials)
        monkeypatch.setitem(context.config, "FCM_URL", server.origin)
        yield server


@pytest.fixture
def member(context: Flask) -> User:
    """A member with an Android phone who wants announcements on it."""
    user = make_user()
    with atomic() as session:
        session.add(
            Preference(user_id=user.id, notification_type="announcement", channel="push", enabled=True)
        )
    phone = {"kind": "fcm", "name": "", "address": "phone:1", "p256dh": None, "auth": None}
    register_device(user.id, phone)  # type: ignore[arg-type]
    return user


@pytest.fixture
def send(redis_url: str) -> Callable[[], None]:
    """Relay what is due and send the pushes among it."""

    def run() -> None:
        with redis.Redis.from_url(redis_url) as connection:
            relay_due(connection)
            waiting = queue("push", connection)
            for job in waiting.get_jobs():
                deliver(*job.args)
            waiting.empty()

    return run


def rules() -> list[str]:
    return list(
        db.session.scalars(sa.select(Delivery.rule).where(Delivery.channel == "push").order_by(Delivery.id))
    )


def test_a_phone_is_reached_once_there_are_credentials(
    member: User, announce: Announce, send: Callable[[], None], request: pytest.FixtureRequest
) -> None:
    announce(member.id)
    assert (statuses("push"), rules()) == (["suppressed"], ["transport_unavailable"])
    fcm: FcmServer = request.getfixturevalue("fcm")
    announce(member.id)
    send()
    assert statuses("push") == ["suppressed", "sent"]
    assert fcm.messages[0]["notification"] == {"title": "Salle changée", "body": "Rendez-vous en B12."}


def test_an_app_that_was_removed_is_not_written_to_again(
    fcm: FcmServer, member: User, announce: Announce, send: Callable[[], None]
) -> None:
    fcm.scripts["phone:1"] = refusal(404, "UNREGISTERED")
    announce(member.id)
    send()
    assert statuses("push") == ["permanent-failure"]
    assert db.session.scalar(sa.select(Device.disabled_at)) is not None
    announce(member.id)
    assert (statuses("push")[-1], rules()[-1]) == ("suppressed", "no_address")
