"""A dry run: what would become of whom, counted by the rules that a real call then goes by."""

import datetime as dt
from collections import Counter
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from hackitech.catalog.lookup import forget_types
from hackitech.channels.registry import CHANNELS, channel_keys
from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.outbox import claim_due
from hackitech.models.delivery import Delivery
from hackitech.models.device import Device
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import WEEKDAYS, NotificationSettings
from hackitech.models.preference import Preference
from hackitech.models.rules import SENDING_RULES
from hackitech.models.subscription import Subscription
from hackitech.models.suppression import Suppression
from hackitech.models.type_channel import TypeChannel
from hackitech.models.user import User
from tests.callers import Caller, People, errors_of, make_caller
from tests.factories import make_user
from tests.notifications.mailbox import FUTURE, created, listed, make_topic

WORDS = {"notification_type": "announcement", "title": "A title", "message": "A message"}
ALWAYS_QUIET = [{"days": list(WEEKDAYS), "start": "00:00", "end": "00:00"}]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"paused_until": dt.timedelta(days=2)},
    {"paused_until": -dt.timedelta(days=2)},
    {"quiet_hours": ALWAYS_QUIET},
    {"daily_email_limit": 0},
    {"daily_email_limit": 2, "emails_sent": 2},
]
CHOICES = [None, (True, "direct"), (True, "daily"), (False, "direct")]
OFFERS = [
    {},
    {"priority": "urgent"},
    {"channels": ["email"]},
    {"notification_type": "account_security_alert"},
]


def tried(caller: Caller, **fields: Any) -> dict[str, Any]:
    """Return what a dry run answers."""
    response = caller.post("notifications/?dry_run=true", {**WORDS, **fields})
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = response.get_json()
    return answer


def outcome() -> dict[str, dict[str, dict[str, int]]]:
    """Return what became of everything that there is, as a dry run says it, once what is due was judged."""
    with atomic() as session:
        for channel in CHANNELS:
            claim_due(session, channel, 10_000, 60)
    found: Counter[tuple[str, str, str]] = Counter()
    for shown, rule in db.session.execute(sa.select(Notification.in_inbox, Notification.in_app_rule)):
        found["in_app", "send" if shown else "suppress", rule] += 1
    for row in db.session.execute(sa.select(Delivery.__table__)):
        held = row.status == "held"
        verdict = "hold" if held else "send" if row.rule in SENDING_RULES else "suppress"
        found[row.channel, verdict, row.hold if held else row.rule] += 1
    counts: dict[str, dict[str, dict[str, int]]] = {key: {} for key in channel_keys()}
    for (channel, verdict, rule), amount in found.items():
        counts[channel].setdefault(verdict, {})[rule] = amount
    return counts


def make_everybody() -> None:
    """Store a member for each way in which the rules can meet, some with devices."""
    for number, (settings, choice) in enumerate(product(SETTINGS, CHOICES)):
        member = make_user(timezone=("Europe/Paris", "America/New_York")[number % 2])
        with atomic() as session:
            if settings:
                session.add(settings_of(member, settings))
            for channel in ("in_app", "email", "push") if choice else ():
                enabled, frequency = choice or (True, "direct")
                session.add(
                    Preference(
                        user_id=member.id,
                        notification_type="announcement",
                        channel=channel,
                        enabled=enabled,
                        frequency=frequency if channel != "in_app" else "direct",
                    )
                )
            session.add_all(device_of(member, kind) for kind in ("webpush", "webpush")[: number % 3])


def settings_of(member: User, given: dict[str, Any]) -> NotificationSettings:
    values = {"quiet_hours": [], "emails_on": None, "emails_sent": 0, **given}
    if "paused_until" in given:
        values["paused_until"] = now() + given["paused_until"]
    if "emails_sent" in given:
        values["emails_on"] = now().date()
    return NotificationSettings(user_id=member.id, **values)


def device_of(member: User, kind: str) -> Device:
    secret = f"{member.id}-{kind}-{now().isoformat()}"
    return Device(user_id=member.id, kind=kind, address=secret, address_hash=secret[-64:], created_at=now())


@pytest.fixture
def crowd(people: People) -> People:
    """Members of every kind, among them one that is disabled, one without an address, one that bounced."""
    make_everybody()
    make_user(active=False)
    make_user(email="")
    bounced = make_user()
    with atomic() as session:
        session.add(
            Suppression(channel="email", address=bounced.email, reason="no such user", created_at=now())
        )
    return people


@pytest.mark.parametrize("fields", OFFERS, ids=lambda fields: next(iter(fields), "plain"))
def test_a_dry_run_equals_the_outcome(crowd: People, fields: dict[str, Any]) -> None:
    answer = tried(crowd.admin, all=True, **fields)
    assert db.session.scalars(sa.select(Event)).all() == []
    made = created(crowd.admin, all=True, **fields)
    assert answer["total"] == made["total"] == made["done"]
    assert answer["channels"] == outcome()


def test_everything_that_can_happen_is_counted(crowd: People) -> None:
    email = tried(crowd.admin, all=True)["channels"]["email"]
    assert email["send"].keys() == {"default_on", "turned_on"}
    assert email["hold"].keys() == {"paused", "frequency", "quiet_hours", "daily_limit"}
    assert email["suppress"].keys() == {"turned_off", "inactive", "no_address", "suppressed_address"}


def test_what_waits_for_the_inbox_is_held(people: People, own_types: None) -> None:
    with atomic() as session:
        waits = sa.update(TypeChannel).where(TypeChannel.channel == "email").values(escalate_after=600)
        session.execute(waits)
    forget_types()
    answer = tried(people.admin, all=True)["channels"]
    assert answer["email"] == {"hold": {"escalation": 4}}
    created(people.admin, all=True)
    assert answer == outcome()
    assert tried(people.admin, all=True, priority="urgent")["channels"]["email"] == {
        "send": {"default_on": 4}
    }


def test_a_topic_leaves_its_actor_out_and_says_who_muted_it(people: People) -> None:
    topic = make_topic("rust", people.member, people.other, people.admin)
    with atomic() as session:
        mute = sa.update(Subscription).where(Subscription.user_id == people.other.id)
        session.execute(mute.values(muted_until=after(3600)))
    answer = tried(people.admin, topic=topic, actor=people.admin.id)
    assert answer["total"] == 2
    assert answer["channels"]["email"] == {"send": {"default_on": 1}, "suppress": {"muted_topic": 1}}
    created(people.admin, topic=topic, actor=people.admin.id)
    assert answer["channels"] == outcome()


def test_a_role_counts_as_it_is_sent(people: People) -> None:
    answer = tried(people.admin, role="member", actor=people.other.id)
    assert (answer["total"], answer["channels"]["email"]) == (1, {"send": {"default_on": 1}})
    created(people.admin, role="member", actor=people.other.id)
    assert answer["channels"] == outcome()


def test_what_is_scheduled_is_judged_by_the_time_of_sending(people: People) -> None:
    with atomic() as session:
        session.add(NotificationSettings(user_id=people.member.id, quiet_hours=[], paused_until=after(3600)))
    held = tried(people.admin, recipient=people.member.id)["channels"]["email"]
    assert held == {"hold": {"paused": 1}}
    free = tried(people.admin, recipient=people.member.id, send_at=FUTURE)["channels"]["email"]
    assert free == {"send": {"default_on": 1}}


def test_unknown_recipients_are_listed_and_nobody_is_told(people: People) -> None:
    answer = tried(people.admin, recipients=[people.member.id, 999999])
    assert (answer["dry_run"], answer["total"], answer["unknown_recipients"]) == (True, 1, [999999])
    assert listed(people.member) == []


def test_it_is_refused_for_what_a_real_call_is_refused_for(people: People) -> None:
    path = "notifications/?dry_run=true"
    for body, field in (
        ({**WORDS, "recipient": 999999}, "recipient"),
        ({**WORDS, "recipients": [999999]}, "recipients"),
        ({**WORDS, "topic": "nowhere"}, "topic"),
        ({**WORDS, "all": True, "priority": "x"}, "priority"),
        ({**WORDS, "all": True, "action_url": "//evil.example"}, "action_url"),
        ({**WORDS, "all": True, "notification_type": "nothing"}, "notification_type"),
        ({"notification_type": "team_invitation", "all": True}, "params.team"),
    ):
        assert list(errors_of(people.admin.post(path, body))) == [field]
    everybody = {**WORDS, "all": True}
    assert people.admin.post("notifications/?dry_run=maybe", everybody).status_code == 422
    assert people.member.post(path, everybody).status_code == 403
    assert people.stranger.post(path, everybody).status_code == 401
    sender = make_caller(people.admin.client.application, "member", ("send",))
    assert sender.post(path, everybody).status_code == 200


def test_a_key_is_not_used_up(people: People) -> None:
    key = {"Idempotency_Key": "abc"}
    body = {**WORDS, "recipient": people.member.id}
    assert people.admin.post("notifications/?dry_run=true", body, **key).status_code == 200
    response = people.admin.post("notifications/", body, **key)
    assert response.status_code == 201 and "Idempotent-Replayed" not in response.headers
