"""Cancelling and retracting: what no provider was handed is stopped; the answer says what was too late."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.channels.registry import get_channel
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.dispatch import claim, deliver
from hackitech.delivery.outbox import claim_due
from hackitech.delivery.recording import release
from hackitech.models.delivery import Delivery
from hackitech.models.notification_settings import NotificationSettings
from hackitech.notifications.event_service import Stopped, cancel_event, retract
from hackitech.notifications.schedule_service import advance_due_event
from tests.delivery.conftest import statuses
from tests.factories import make_user
from tests.mail_server import MailServer

Announce = Callable[..., Any]
Relay = Callable[[], list[list[int]]]
WORKERS, MEMBERS = 4, 80


def test_every_delivery_is_either_cancelled_or_too_late_whoever_claims_meanwhile(
    context: Flask, announce: Announce, smtp_server: MailServer
) -> None:
    event = announce(*(make_user().id for _ in range(MEMBERS)))
    with atomic() as session:
        ids = claim_due(session, "email", MEMBERS, 60).ids
    some_left = threading.Event()

    def work(mine: list[int]) -> None:
        with context.app_context():
            for first in range(0, len(mine), 2):
                deliver("email", mine[first : first + 2])
                some_left.set()

    threads = [threading.Thread(target=work, args=(ids[n::WORKERS],)) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    assert some_left.wait(20)
    _, stopped = cancel_event(event.event_id, None)
    for thread in threads:
        thread.join(30)

    assert stopped.cancelled + stopped.too_late["email"] == MEMBERS
    assert stopped.cancelled > 0
    assert Counter(statuses()) == +Counter(cancelled=stopped.cancelled, sent=stopped.too_late["email"])
    assert len(smtp_server.messages) == stopped.too_late["email"]


def test_no_worker_takes_what_cancelling_has_not_come_to_yet(
    context: Flask, announce: Announce, relay: Relay, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(context.config, "CHUNK_SIZE", 1)
    event = announce(*(make_user().id for _ in range(3)))
    [ids] = relay()
    _, stopped = cancel_event(event.event_id, None)
    assert stopped == Stopped(1)
    assert deliver("email", ids) == 0
    assert statuses() == ["cancelled"] * 3
    assert smtp_server.messages == []


def test_what_comes_back_from_a_provider_after_it_was_cancelled_is_not_tried_again(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    event = announce(make_user().id)
    [ids] = relay()
    claim(get_channel("email"), ids)
    _, stopped = cancel_event(event.event_id, None)
    assert stopped == Stopped(0, Counter(email=1))
    with atomic() as session:
        release(session, ids)
    [again] = relay()
    deliver("email", again)
    assert statuses() == ["cancelled"]
    assert smtp_server.messages == []


def test_what_waits_for_its_time_is_stopped_too(context: Flask, announce: Announce) -> None:
    paused, waiting = make_user(), make_user()
    with atomic() as session:
        until = clock.after(3600)
        session.add(NotificationSettings(user_id=paused.id, quiet_hours=[], paused_until=until))
    announce(paused.id, waiting.id, object="project:12")
    with atomic() as session:
        escalated = sa.update(Delivery).where(
            Delivery.recipient_id == waiting.id, Delivery.channel == "email"
        )
        session.execute(escalated.values(status="held", hold="escalation", due_at=clock.after(600)))
        claim_due(session, "email", 10, 60)
    assert statuses() == ["held", "held"]
    assert retract("project:12", None) == (1, Stopped(2))
    assert statuses() == ["cancelled", "cancelled"]
    assert db.session.scalars(sa.select(Delivery.due_at).where(Delivery.channel == "email")).all() == [
        None,
        None,
    ]
    while advance_due_event():
        pass
    assert statuses() == ["cancelled", "cancelled"]
