"""The engine between the database and the mail server, step by step."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from hackitech.channels.registry import get_channel
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.dispatch import claim, deliver
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.statuses import MOVES, Status
from hackitech.models.suppression import Suppression
from hackitech.models.user import User
from hackitech.notifications.event_service import Stopped, cancel_event, retract
from tests.delivery.conftest import statuses
from tests.factories import make_user
from tests.mail_server import MailServer

Announce = Callable[..., Any]
Relay = Callable[[], list[list[int]]]


def attempts() -> list[tuple[str, str]]:
    rows = db.session.execute(
        sa.select(DeliveryAttempt.outcome, DeliveryAttempt.detail).order_by(DeliveryAttempt.id)
    )
    return [(row.outcome, row.detail) for row in rows]


def make_due() -> None:
    """Let the time that a delivery waits for be over."""
    with atomic() as session:
        past = clock.now() - dt.timedelta(seconds=1)
        session.execute(sa.update(Delivery).where(Delivery.due_at.is_not(None)).values(due_at=past))


def test_an_email_is_relayed_once_and_arrives_in_the_members_language(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    member = make_user(locale="fr")
    announce(member.id)
    assert statuses() == ["created"]
    [ids] = relay()
    assert statuses() == ["queued"]
    assert relay() == []
    assert deliver("email", ids) == 1
    assert statuses() == ["sent"]
    [mail] = smtp_server.messages
    assert mail.recipients == [member.email]
    assert mail.message["Subject"] == "Salle changée"
    assert [outcome for outcome, _ in attempts()] == ["sent"]


def test_running_a_job_twice_sends_once(announce: Announce, relay: Relay, smtp_server: MailServer) -> None:
    announce(make_user().id)
    [ids] = relay()
    deliver("email", ids)
    assert deliver("email", ids) == 0
    assert len(smtp_server.messages) == 1


def test_a_lost_wake_up_is_relayed_again_after_its_lease(announce: Announce, relay: Relay) -> None:
    announce(make_user().id)
    [ids] = relay()
    make_due()
    assert relay() == [ids]


def test_what_a_dead_worker_held_becomes_unknown_and_goes_with_the_same_message_id(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    announce(make_user().id)
    [ids] = relay()
    [first] = claim(get_channel("email"), ids)
    make_due()
    [again] = relay()
    assert statuses() == ["unknown"]
    deliver("email", again)
    assert statuses() == ["sent"]
    assert first.dedupe_id in smtp_server.messages[0].message["Message-ID"]


@pytest.mark.parametrize("answer", ["451 try later", "552 mailbox full", "421 going down"])
def test_a_temporary_refusal_is_tried_again_with_the_same_message_id(
    answer: str, announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    member = make_user()
    smtp_server.answer(member.email, answer, "250 OK")
    announce(member.id)
    deliver("email", relay()[0])
    assert statuses() == ["retrying"]
    make_due()
    deliver("email", relay()[0])
    assert statuses() == ["sent"]
    assert [outcome for outcome, _ in attempts()] == ["retrying", "sent"]


def test_a_refusal_for_good_suppresses_that_address_alone(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    gone, there = make_user(), make_user()
    smtp_server.answer(gone.email, "550 no such user")
    announce(gone.id, there.id)
    deliver("email", relay()[0])
    assert sorted(statuses()) == ["permanent-failure", "sent"]
    assert list(db.session.scalars(sa.select(Suppression.address))) == [gone.email]
    announce(gone.id)
    assert statuses()[-1] == "suppressed"
    assert db.session.scalar(sa.select(Delivery.rule).order_by(Delivery.id.desc()).limit(1)) is not None


def test_trying_ends_when_its_time_is_over(
    context: Flask, announce: Announce, relay: Relay, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(context.config, "EMAIL_RETRY_FOR", 0.01)
    member = make_user()
    smtp_server.answer(member.email, "451 try later")
    announce(member.id)
    deliver("email", relay()[0])
    assert statuses() == ["temporary-failure"]
    assert [outcome for outcome, _ in attempts()] == ["retrying", "temporary-failure"]
    assert relay() == []


def test_a_cancelled_event_sends_nothing_even_when_it_was_relayed(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    event = announce(make_user().id)
    [ids] = relay()
    _, stopped = cancel_event(event.event_id, None)
    assert stopped == Stopped(1)
    assert deliver("email", ids) == 0
    assert statuses() == ["cancelled"]
    assert smtp_server.messages == []


def test_cancelling_says_what_was_too_late(announce: Announce, relay: Relay, smtp_server: MailServer) -> None:
    event = announce(make_user().id)
    deliver("email", relay()[0])
    _, stopped = cancel_event(event.event_id, None)
    assert stopped == Stopped(0, Counter(email=1))


def test_a_retracted_object_reaches_nobody_further(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    announce(make_user().id, object="project:12")
    [ids] = relay()
    assert retract("project:12", None) == (1, Stopped(1))
    deliver("email", ids)
    assert smtp_server.messages == []


def test_an_expired_notification_is_not_sent(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    announce(make_user().id, expires_at=clock.after(60))
    [ids] = relay()
    with time_machine.travel(clock.after(120)):
        deliver("email", ids)
    assert statuses() == ["expired"]
    assert smtp_server.messages == []


def test_a_member_disabled_meanwhile_is_not_written_to(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    member = make_user()
    announce(member.id)
    [ids] = relay()
    with atomic() as session:
        session.execute(sa.update(User).where(User.id == member.id).values(active=False))
    deliver("email", ids)
    assert statuses() == ["suppressed"]
    assert smtp_server.messages == []


def test_final_statuses_have_no_way_out() -> None:
    final = {Status.SUPPRESSED, Status.DIGESTED, Status.CANCELLED, Status.EXPIRED, Status.DELIVERED}
    final |= {Status.TEMPORARY_FAILURE, Status.PERMANENT_FAILURE, Status.TECHNICAL_FAILURE}
    assert final.isdisjoint(MOVES)
    assert set(Status) == final | set(MOVES)
