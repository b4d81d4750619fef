"""Pausing: nobody further is written to, nothing leaves; going on brings everything, once."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from hackitech.channels.registry import get_channel
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.errors import Conflict
from hackitech.core.transaction import atomic
from hackitech.delivery.digest_service import summarise_due
from hackitech.delivery.dispatch import claim, deliver
from hackitech.delivery.outbox import claim_due
from hackitech.delivery.recording import release
from hackitech.models.delivery import LOOK_AGAIN, Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import WEEKDAYS, NotificationSettings
from hackitech.models.preference import Preference
from hackitech.notifications.event_service import cancel_event, pause_event, resume_event, retract
from hackitech.notifications.notify import Notified, notify
from hackitech.notifications.schedule_service import advance_due_event
from hackitech.notifications.service import mark_as_read
from tests.database import writing_connection
from tests.delivery.conftest import statuses
from tests.factories import make_user
from tests.mail_server import MailServer

Announce = Callable[..., Notified]
Relay = Callable[[], list[list[int]]]
WORDS: dict[str, Any] = {"title": "Salle changée", "message": "Rendez-vous en B12."}
NOON = dt.datetime(2026, 11, 23, 11, tzinfo=dt.UTC)


@pytest.fixture
def at() -> Iterator[Any]:
    """The clock, standing still at noon in Paris until it is moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def event_of(notified: Notified) -> Any:
    db.session.rollback()
    return db.session.execute(sa.select(Event.__table__).where(Event.id == notified.event_id)).one()


def held() -> Counter[tuple[str, str | None]]:
    """Count the emails by status and hold."""
    db.session.rollback()
    query = sa.select(Delivery.status, Delivery.hold).where(Delivery.channel == "email")
    return Counter((row.status, row.hold) for row in db.session.execute(query))


def run(relay: Relay) -> None:
    """Do all that clocks and workers have to do now."""
    while advance_due_event():
        pass
    summarise_due()
    while jobs := relay():
        for ids in jobs:
            deliver("email", ids)


def test_in_the_middle_of_a_broadcast_nothing_leaves_until_it_goes_on_and_then_all_arrive_once(
    context: Flask, relay: Relay, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(context.config, "INLINE_CHUNK_SIZE", 3)
    monkeypatch.setitem(context.config, "CHUNK_SIZE", 4)
    members = [make_user() for _ in range(12)]
    with atomic():
        sent = notify("announcement", all=True, **WORDS)
    [ids] = relay()
    deliver("email", ids[:2])
    advance_due_event()
    [more] = relay()

    paused = pause_event(sent.event_id, None)
    assert (paused.status, paused.done, paused.total) == ("paused", 7, 12)
    deliver("email", [*ids, *more])
    run(relay)
    assert held() == {("sent", None): 2, ("held", "sender_paused"): 5}
    assert len(smtp_server.messages) == 2
    assert event_of(sent).done == 7

    assert resume_event(sent.event_id, None).status == "running"
    run(relay)
    event = event_of(sent)
    assert (event.status, event.done, event.total, event.due_at) == ("done", 12, 12, None)
    assert Counter(statuses()) == {"sent": 12}
    assert Counter(mail.recipients[0] for mail in smtp_server.messages) == {m.email: 1 for m in members}


def test_what_is_written_can_be_paused_while_something_waits_and_is_done_again_after(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    sent = announce(*(make_user().id for _ in range(3)))
    assert event_of(sent).status == "done"
    assert pause_event(sent.event_id, None).status == "paused"
    run(relay)
    assert held() == {("held", "sender_paused"): 3}
    assert resume_event(sent.event_id, None).status == "done"
    run(relay)
    assert len(smtp_server.messages) == 3
    with pytest.raises(Conflict, match="everything has left"):
        pause_event(sent.event_id, None)


@pytest.mark.parametrize("local", [False, True])
def test_what_has_not_begun_waits_beyond_its_time(context: Flask, relay: Relay, at: Any, local: bool) -> None:
    member = make_user()
    later = NOON + dt.timedelta(hours=2)
    times: dict[str, Any] = {"send_at_local": later.replace(tzinfo=None)} if local else {"send_at": later}
    with atomic():
        sent = notify("announcement", recipients=[member], **WORDS, **times)
    pause_event(sent.event_id, None)
    at.move_to(NOON + dt.timedelta(hours=5))
    run(relay)
    assert statuses() == []
    assert resume_event(sent.event_id, None).status == "scheduled"
    run(relay)
    assert statuses() == ["sent"]
    assert event_of(sent).status == "done"


def test_who_goes_on_before_its_time_has_it_sent_at_its_time(context: Flask, relay: Relay, at: Any) -> None:
    member, later = make_user(), NOON + dt.timedelta(hours=2)
    with atomic():
        sent = notify("announcement", recipients=[member], **WORDS, send_at=later)
    pause_event(sent.event_id, None)
    assert resume_event(sent.event_id, None).due_at == later
    run(relay)
    assert statuses() == []


def test_twice_is_the_same_as_once(announce: Announce, relay: Relay) -> None:
    sent = announce(make_user().id)
    assert resume_event(sent.event_id, None) == event_of(sent)
    first = pause_event(sent.event_id, None)
    assert pause_event(sent.event_id, None) == first
    resumed = resume_event(sent.event_id, None)
    assert resume_event(sent.event_id, None) == resumed
    assert resumed.status == "done"


@pytest.mark.parametrize("act", [pause_event, resume_event])
def test_what_is_cancelled_or_retracted_is_neither_paused_nor_gone_on_with(
    announce: Announce, act: Callable[[int, int | None], Any]
) -> None:
    cancelled, retracted = announce(make_user().id), announce(make_user().id, object="project:12")
    for sent in (cancelled, retracted):
        pause_event(sent.event_id, None)
    cancel_event(cancelled.event_id, None)
    retract("project:12", None)
    for sent in (cancelled, retracted):
        with pytest.raises(Conflict):
            act(sent.event_id, None)
    assert statuses() == ["cancelled"] * 2


def test_a_last_chunk_that_was_full_is_told_from_one_that_is_not_the_last(
    context: Flask, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(context.config, "INLINE_CHUNK_SIZE", 2)
    for left in (0, 1):
        for _ in range(2 * (1 - left)):
            make_user()
        with atomic():
            sent = notify("announcement", all=True, **WORDS)
        if left:
            make_user()  # who was not counted
        assert (event_of(sent).status, event_of(sent).done) == ("running", 2)
        assert pause_event(sent.event_id, None).total == 2 + left
        assert resume_event(sent.event_id, None).status == ("running" if left else "done")
        run(relay)
        assert (event_of(sent).done, event_of(sent).total) == (2 + left, 2 + left)


def test_who_joins_while_what_was_written_is_paused_is_not_told(context: Flask, relay: Relay) -> None:
    make_user()
    with atomic():
        sent = notify("announcement", all=True, **WORDS)
    pause_event(sent.event_id, None)
    make_user()
    resume_event(sent.event_id, None)
    run(relay)
    assert statuses() == ["sent"]


def test_a_pause_holds_what_nothing_else_holds(context: Flask, relay: Relay) -> None:
    member = make_user()
    with atomic():
        mandatory = notify("password_reset", recipients=[member], **WORDS)
        urgent = notify("announcement", recipients=[member], **WORDS, priority="urgent")
    for sent in (mandatory, urgent):
        pause_event(sent.event_id, None)
    run(relay)
    assert held() == {("held", "sender_paused"): 2}
    read = sa.select(Notification.id).where(Notification.recipient_id == member.id)
    for id_ in db.session.scalars(read).all():
        mark_as_read(id_, member.id)
    for sent in (mandatory, urgent):
        resume_event(sent.event_id, None)
    run(relay)
    # What was read while it waited is needed no more, but for what is always sent.
    assert held() == {("sent", "sender_paused"): 1, ("cancelled", "sender_paused"): 1}


def test_what_waits_long_is_looked_at_again_without_a_word(announce: Announce, relay: Relay, at: Any) -> None:
    sent = announce(make_user().id)
    pause_event(sent.event_id, None)
    for _ in range(3):
        run(relay)
        assert db.session.scalars(sa.select(Delivery.due_at).where(Delivery.channel == "email")).all() == [
            clock.now() + LOOK_AGAIN
        ]
        at.shift(LOOK_AGAIN)
    entries = db.session.scalars(sa.select(DeliveryAttempt.outcome)).all()
    assert entries == ["held"]


def test_members_wishes_count_from_when_the_sender_goes_on(
    announce: Announce, relay: Relay, smtp_server: MailServer, at: Any
) -> None:
    reader, sleeper = make_user(), make_user()
    with atomic() as session:
        pair = {"user_id": reader.id, "notification_type": "announcement", "channel": "email"}
        session.add(Preference(**pair, enabled=True, frequency="daily"))
        night = [{"days": list(WEEKDAYS), "start": "20:00", "end": "07:00"}]
        session.add(NotificationSettings(user_id=sleeper.id, quiet_hours=night))
    sent = announce(reader.id, sleeper.id)
    run(relay)
    assert held() == {("held", "frequency"): 1, ("sent", None): 1}
    pause_event(sent.event_id, None)
    late = announce(sleeper.id)
    pause_event(late.event_id, None)

    at.move_to(NOON + dt.timedelta(days=1, hours=10))  # at ten in the evening of the next day
    run(relay)
    assert held() == {("held", "sender_paused"): 2, ("sent", None): 1}
    for one in (sent, late):
        resume_event(one.event_id, None)
    run(relay)
    assert held() == {("held", "frequency"): 1, ("held", "quiet_hours"): 1, ("sent", None): 1}
    at.move_to(NOON + dt.timedelta(days=2))
    run(relay)
    assert held()[("digested", "frequency")] == held()[("digested", "quiet_hours")] == 1


def test_what_is_over_while_it_is_paused_does_not_leave(announce: Announce, relay: Relay, at: Any) -> None:
    sent = announce(make_user().id, expires_at=NOON + dt.timedelta(hours=1))
    pause_event(sent.event_id, None)
    at.shift(dt.timedelta(hours=2))
    run(relay)
    assert statuses() == ["expired"]
    assert resume_event(sent.event_id, None).status == event_of(sent).status == "done"


def test_what_was_handed_to_a_provider_is_not_lost_in_a_pause(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    sent = announce(make_user().id, make_user().id)
    [ids] = relay()
    claim(get_channel("email"), ids[:1])
    pause_event(sent.event_id, None)
    with atomic() as session:
        release(session, ids[:1])  # the provider asked to try again
    deliver("email", ids[1:])
    run(relay)
    assert held() == {("held", "sender_paused"): 2}
    assert smtp_server.messages == []
    resume_event(sent.event_id, None)
    run(relay)
    assert statuses() == ["sent", "sent"]


def test_pausing_holds_in_chunks(context: Flask, announce: Announce, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = announce(*(make_user().id for _ in range(5)))
    monkeypatch.setitem(context.config, "CHUNK_SIZE", 2)
    pause_event(sent.event_id, None)
    assert held() == {("held", "sender_paused"): 2, ("created", None): 3}
    while advance_due_event():
        pass
    assert held() == {("held", "sender_paused"): 5}
    assert event_of(sent).due_at is None


def test_going_on_lets_go_in_chunks(
    context: Flask, announce: Announce, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = announce(*(make_user().id for _ in range(5)))
    pause_event(sent.event_id, None)
    run(relay)
    monkeypatch.setitem(context.config, "CHUNK_SIZE", 2)
    resume_event(sent.event_id, None)
    now_due = sa.select(sa.func.count()).where(Delivery.due_at <= clock.now())
    assert db.session.scalar(now_due) == 2
    run(relay)
    assert statuses() == ["sent"] * 5
    assert event_of(sent).due_at is None


def pause_behind_their_backs(sent: Notified) -> None:
    """Pause an event whose deliveries nobody has held yet."""
    with atomic() as session:
        session.execute(sa.update(Event).where(Event.id == sent.event_id).values(status="paused"))


def test_what_pausing_has_not_come_to_yet_does_not_leave_either(
    announce: Announce, relay: Relay, smtp_server: MailServer
) -> None:
    sent = announce(make_user().id, make_user().id)
    with atomic() as session:
        [given] = claim_due(session, "email", 1, 60).ids
    pause_behind_their_backs(sent)
    assert deliver("email", [given]) == 0
    run(relay)
    assert held() == {("held", "sender_paused"): 2}
    resume_event(sent.event_id, None)
    run(relay)
    assert len(smtp_server.messages) == 2


@pytest.mark.postgres_only
def test_a_relay_that_comes_between_holds_nothing_that_goes_on(
    announce: Announce, relay: Relay, context: Flask
) -> None:
    sent = announce(make_user().id)
    pause_behind_their_backs(sent)
    with writing_connection(db.engine) as sender:  # about to go on
        sender.execute(sa.select(Event.id).where(Event.id == sent.event_id).with_for_update())
        with atomic() as session:
            assert claim_due(session, "email", 10, 60).ids == []
    assert held() == {("created", None): 1}
    run(relay)
    assert held() == {("held", "sender_paused"): 1}
