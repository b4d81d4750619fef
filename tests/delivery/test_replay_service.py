"""Replay and drop: what failed goes again once, as today's preferences say, or is put aside."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.errors import Invalid
from hackitech.core.transaction import atomic
from hackitech.delivery import replay_service
from hackitech.delivery.dispatch import deliver
from hackitech.delivery.failure_filters import FailureFilters
from hackitech.delivery.failures_queries import group_failures, newest_failures
from hackitech.delivery.replay_service import (
    DROP,
    REPLAY,
    forecast_found,
    forecast_selection,
    settle_chunk,
    settle_found,
    settle_selection,
)
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.delivery import Delivery
from hackitech.models.device import Device
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import NotificationSettings
from hackitech.models.preference import Preference
from hackitech.models.suppression import Suppression
from hackitech.models.task import Task
from hackitech.models.user import User
from hackitech.notifications.event_queries import count_by_channel
from hackitech.notifications.event_service import cancel_event, retract
from hackitech.tasks.service import advance_due_task
from tests.delivery.conftest import statuses
from tests.factories import make_user
from tests.mail_server import MailServer

Announce = Callable[..., Any]
Relay = Callable[[], list[list[int]]]
Fail = Callable[..., list[int]]
REFUSED = "554 5.7.1 this is spam"
ADMIN = 1
STEPS = {REPLAY: settle_chunk, DROP: settle_chunk}


@pytest.fixture
def fail(announce: Announce, relay: Relay, smtp_server: MailServer) -> Fail:
    """Have an email to each of these members fail; return the newest delivery to each who has one."""

    def send(*members: User, answer: str = REFUSED, **content: Any) -> list[int]:
        for member in members:
            smtp_server.answer(member.email, answer)
        announce(*(member.id for member in members), **content)
        for ids in relay():
            deliver("email", ids)
        for member in members:
            smtp_server.answer(member.email, "250 OK")
        db.session.rollback()
        newest = sa.func.max(Delivery.id)
        each = sa.select(newest).where(Delivery.channel == "email").group_by(Delivery.recipient_id)
        return list(db.session.scalars(each.order_by(newest)))

    return send


def generations(*columns: Any) -> list[tuple[Any, ...]]:
    """Return generation, status and these columns of all emails, in order."""
    db.session.rollback()
    query = sa.select(Delivery.generation, Delivery.status, *columns).where(Delivery.channel == "email")
    return [tuple(row) for row in db.session.execute(query.order_by(Delivery.id))]


def fail_again(ids: list[int]) -> list[int]:
    """Have a report say of what was sent that it did not arrive."""
    with atomic() as session:
        session.execute(sa.update(Delivery).where(Delivery.id.in_(ids)).values(status="permanent-failure"))
    return ids


def failures(**filters: Any) -> list[int]:
    db.session.rollback()
    return [row.id for row in newest_failures(db.session(), FailureFilters(**filters))[0]]


def test_a_replay_is_a_new_generation_that_arrives(fail: Fail, relay: Relay, smtp_server: MailServer) -> None:
    member = make_user()
    [id_] = fail(member)
    assert failures() == [id_]
    assert settle_selection(REPLAY, [id_], ADMIN) == {"sent": 1}
    assert generations() == [(0, "technical-failure"), (1, "created")]
    assert failures() == []

    [ids] = relay()
    deliver("email", ids)
    assert generations() == [(0, "technical-failure"), (1, "sent")]
    [mail] = smtp_server.messages
    assert mail.recipients == [member.email]
    assert mail.message["Message-ID"].startswith(f"<ntf-{ids[0]}-1@")


def test_a_message_counts_what_became_of_it_last(fail: Fail, relay: Relay, smtp_server: MailServer) -> None:
    ids = fail(make_user(), make_user())
    event = db.session.scalars(sa.select(Notification.event_id)).first() or 0
    assert count_by_channel(db.session(), event)["email"] == {"technical-failure": 2}
    for _ in range(2):
        settle_selection(REPLAY, ids[:1], ADMIN)
        [jobs] = relay()
        deliver("email", jobs)
        assert count_by_channel(db.session(), event)["email"] == {"sent": 1, "technical-failure": 1}
        ids = fail_again(jobs) + ids[1:]


def test_what_fails_again_can_be_replayed_again(fail: Fail, relay: Relay, smtp_server: MailServer) -> None:
    member = make_user()
    [first] = fail(member)
    smtp_server.answer(member.email, REFUSED)
    settle_selection(REPLAY, [first], ADMIN)
    [ids] = relay()
    deliver("email", ids)
    assert failures() == ids
    assert settle_selection(REPLAY, [first], ADMIN) == {"gone": 1}
    assert settle_selection(REPLAY, ids, ADMIN) == {"sent": 1}
    assert [row[0] for row in generations()] == [0, 1, 2]


def test_two_who_press_at_once_send_once(context: Flask, fail: Fail) -> None:
    ids = fail(*(make_user() for _ in range(5)))
    results: list[Any] = []
    together = threading.Barrier(2)

    def press() -> None:
        with context.app_context():
            together.wait(10)
            results.append(settle_selection(REPLAY, ids, ADMIN))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results, key=str) == [{"gone": 5}, {"sent": 5}]
    assert Counter(row[0] for row in generations()) == {0: 5, 1: 5}


def test_preferences_are_asked_again(fail: Fail) -> None:
    off, on = make_user(), make_user()
    ids = fail(off, on)
    with atomic() as session:
        pair = {"notification_type": "announcement", "channel": "email"}
        session.add(Preference(user_id=off.id, enabled=False, frequency="direct", **pair))
    assert forecast_selection(ids).outcomes == {("suppress", "turned_off"): 1, ("send", "default_on"): 1}
    assert settle_selection(REPLAY, ids, ADMIN) == {"sent": 1, "suppressed": 1}
    assert generations(Delivery.rule)[2:] == [(1, "suppressed", "turned_off"), (1, "created", "default_on")]
    assert failures() == []


def test_rules_about_time_are_foreseen_and_kept(fail: Fail, relay: Relay) -> None:
    member = make_user()
    [id_] = fail(member)
    with atomic() as session:
        session.add(NotificationSettings(user_id=member.id, quiet_hours=[], paused_until=clock.after(3600)))
    assert forecast_selection([id_]).outcomes == {("hold", "paused"): 1}
    settle_selection(REPLAY, [id_], ADMIN)
    assert relay() == []
    assert generations(Delivery.hold)[1] == (1, "held", "paused")


def test_an_address_that_is_gone_or_suppressed_gets_nothing(fail: Fail) -> None:
    gone, refused = make_user(), make_user()
    ids = fail(gone, refused)
    with atomic() as session:
        session.execute(sa.update(User).where(User.id == gone.id).values(email=""))
        session.add(
            Suppression(channel="email", address=refused.email, reason="bounce", created_at=clock.now())
        )
    assert settle_selection(REPLAY, ids, ADMIN) == {"suppressed": 2}
    assert [row[2] for row in generations(Delivery.rule)[2:]] == ["no_address", "suppressed_address"]


def test_each_device_is_looked_up_anew(context: Flask, announce: Announce) -> None:
    member = make_user()
    with atomic() as session:
        for name in ("a", "b"):
            device = {"kind": "webhook", "address": f"https://{name}.example.org/", "address_hash": name}
            session.add(Device(user_id=member.id, name=name, created_at=clock.now(), **device))
        pair = {"notification_type": "announcement", "channel": "webhook"}
        session.add(Preference(user_id=member.id, enabled=True, frequency="direct", **pair))
    announce(member.id)
    webhook = Delivery.channel == "webhook"
    with atomic() as session:
        session.execute(sa.update(Delivery).where(webhook).values(status="technical-failure", due_at=None))
        ids = list(session.scalars(sa.select(Delivery.id).where(webhook).order_by(Delivery.target)))
        gone = sa.update(Device).where(Device.name == "a")
        session.execute(gone.values(disabled_at=clock.now()))
    assert len(ids) == 2
    assert forecast_selection(ids).outcomes == {("suppress", "no_address"): 1, ("send", "turned_on"): 1}
    assert settle_selection(REPLAY, ids, ADMIN) == {"sent": 1, "suppressed": 1}
    again = sa.select(Delivery.rule).where(webhook, Delivery.generation == 1).order_by(Delivery.target)
    assert list(db.session.scalars(again)) == ["no_address", "turned_on"]


def test_what_was_stopped_is_not_replayed_and_said_to_be(fail: Fail) -> None:
    members = [make_user() for _ in range(4)]
    fail(members[0], object="project:1")
    fail(members[1])
    fail(members[2], expires_at=clock.after(60))
    ids = fail(members[3])
    retract("project:1", None)
    by_member = sa.select(Notification.event_id).order_by(Notification.id)
    events = list(db.session.scalars(by_member))
    cancel_event(events[1], None)
    with atomic() as session:
        past = clock.now() - dt.timedelta(seconds=1)
        session.execute(sa.update(Event).where(Event.id == events[2]).values(expires_at=past))
        session.execute(sa.update(Event).where(Event.id == events[3]).values(status="paused"))
    forecast = forecast_selection(ids)
    assert forecast.stopped == {"retracted": 1, "cancelled": 1, "expired": 1, "paused": 1}
    assert (forecast.total, forecast.outcomes) == (4, Counter())
    assert settle_selection(REPLAY, ids, ADMIN) == {"stopped": 4}
    assert len(generations()) == 4
    assert settle_selection(DROP, ids, ADMIN) == {"dropped": 4}
    assert failures() == []


def test_what_waited_for_the_inbox_goes_unless_it_was_read_meanwhile(
    announce: Announce, relay: Relay, context: Flask
) -> None:
    readers = [make_user(), make_user()]
    announce(*(reader.id for reader in readers))
    with atomic() as session:
        failed = {"status": "temporary-failure", "hold": "escalation", "due_at": None}
        session.execute(sa.update(Delivery).where(Delivery.channel == "email").values(**failed))
    ids = failures()
    settle_selection(REPLAY, ids, ADMIN)
    with atomic() as session:
        read = sa.update(Notification).where(Notification.recipient_id == readers[0].id)
        session.execute(read.values(read_at=clock.now()))
    assert statuses()[2:] == ["held", "held"]
    relay()
    assert statuses()[2:] == ["cancelled", "queued"]


def test_what_is_dropped_is_not_sent_and_can_not_be_replayed(fail: Fail) -> None:
    [id_] = fail(make_user())
    assert settle_selection(DROP, [id_], ADMIN) == {"dropped": 1}
    assert settle_selection(REPLAY, [id_], ADMIN) == {"gone": 1}
    assert generations() == [(0, "technical-failure")]


def test_what_did_not_fail_is_left_alone(announce: Announce) -> None:
    announce(make_user().id)
    ids = list(db.session.scalars(sa.select(Delivery.id)))
    assert settle_selection(REPLAY, ids, ADMIN) == {"gone": len(ids)}
    assert len(list(db.session.scalars(sa.select(Delivery.id)))) == len(ids)


def test_a_selection_has_an_end_and_an_audit_row(fail: Fail) -> None:
    with pytest.raises(Invalid):
        settle_selection(REPLAY, range(101), ADMIN)
    [id_] = fail(make_user())
    settle_selection(REPLAY, [id_], ADMIN)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.actor_id, entry.action, entry.object_id) == (ADMIN, "delivery.replay", str(id_))
    assert (entry.before, entry.after) == ({"deliveries": [id_]}, {"sent": 1})


def test_a_whole_filter_is_a_task_that_takes_up_nothing_that_failed_later(
    fail: Fail, relay: Relay, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_service, "CHUNK", 2)
    admin, members = make_user("admin"), [make_user() for _ in range(5)]
    fail(*members)
    task_id = settle_found(REPLAY, FailureFilters(channel="email"), admin.id)
    assert settle_found(REPLAY, FailureFilters(channel="email"), admin.id) == task_id
    for member in members:
        smtp_server.answer(member.email, REFUSED)
    while advance_due_task(STEPS):
        for ids in relay():
            deliver("email", ids)
    task = db.session.get(Task, task_id)
    assert task and (task.status, task.done, task.total, task.result) == ("done", 5, 5, {"sent": 5})
    assert generations() == [(0, "technical-failure")] * 5 + [(1, "technical-failure")] * 5


def test_a_group_is_replayed_and_its_neighbours_are_not(fail: Fail, context: Flask) -> None:
    admin = make_user("admin")
    fail(make_user(), make_user(), answer="554 5.7.1 mail 4711 from host x81ab2f refused")
    [*_, other] = fail(make_user(), answer="554 5.7.1 mail 4712 from nowhere refused")
    groups = group_failures(newest_failures(db.session(), FailureFilters())[0])
    assert [(group.count, group.error) for group in groups] == [
        (2, "554 5.7.1 mail … from host … refused"),
        (1, "554 5.7.1 mail … from nowhere refused"),
    ]
    error = FailureFilters(error=groups[0].error)
    assert forecast_found(error).total == 2
    settle_found(REPLAY, error, admin.id)
    while advance_due_task(STEPS):
        pass
    assert failures() == [other]


def test_what_was_tried_until_its_time_was_over_is_grouped_by_what_was_answered(
    fail: Fail, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(context.config, "EMAIL_RETRY_FOR", 0.0)
    fail(make_user(), answer="451 4.7.1 greylisted for 287 seconds")
    [group] = group_failures(newest_failures(db.session(), FailureFilters(status="temporary-failure"))[0])
    assert group.error == "451 4.7.1 greylisted for … seconds"


def test_filters_narrow(fail: Fail) -> None:
    ids = fail(make_user())
    event = db.session.scalars(sa.select(Notification.event_id)).one()
    hour = dt.timedelta(hours=1)
    for wanted in (
        {"channel": "email"},
        {"status": "technical-failure"},
        {"notification_type": "announcement"},
        {"event_id": event},
        {"since": clock.now() - hour},
        {"until": clock.now() + hour},
    ):
        assert failures(**wanted) == ids, wanted
    for unwanted in (
        {"channel": "push"},
        {"status": "permanent-failure"},
        {"notification_type": "comment"},
        {"event_id": event + 1},
        {"since": clock.now() + hour},
        {"until": clock.now() - hour},
        {"error": "550"},
    ):
        assert failures(**unwanted) == [], unwanted


def test_filters_survive_being_stored() -> None:
    filters = FailureFilters("email", "permanent-failure", "comment", 7, clock.now(), clock.now(), "550 …")
    assert FailureFilters.from_json(filters.to_json()) == filters
    assert FailureFilters().to_json() == {}
