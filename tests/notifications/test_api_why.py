"""Why: what became of a notification on each channel, and which rule said so."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
import time_machine

from hackitech.catalog.lookup import forget_types
from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.digest_service import summarise
from hackitech.delivery.outbox import claim_due
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import NotificationSettings
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status
from hackitech.models.type_channel import TypeChannel
from hackitech.notifications.event_service import pause_event
from hackitech.notifications.explanation import LOG_TEXTS, RULE_TEXTS
from tests.callers import Caller, People, make_caller
from tests.notifications.mailbox import created, listed, make_topic, newest, read_one, receive

FIELDS = {"channel", "target", "status", "verdict", "rule", "text", "due_at", "attempts"}


def why(reader: Caller, number: int) -> dict[str, dict]:
    """Return the answer by channel."""
    response = reader.get(f"notifications/{number}/why/")
    assert response.status_code == 200, response.get_data(as_text=True)
    channels = response.get_json()["channels"]
    for reason in channels:
        assert reason.keys() >= FIELDS
        assert reason["rule"] in {rule.value for rule in Rule}
    return {reason["channel"]: reason for reason in channels}


def choose(member: Caller, channel: str, enabled: bool, kind: str = "announcement") -> None:
    member.post("preferences/", {"notification_type": kind, "channel": channel, "enabled": enabled})


def test_every_channel_is_explained(people: People):
    reasons = why(people.member, receive(people.member))
    assert reasons["in_app"]["status"] == "delivered"
    assert reasons["email"]["status"] == "created"
    for channel in ("in_app", "email"):
        assert (reasons[channel]["verdict"], reasons[channel]["rule"]) == ("send", "default_on")
        assert reasons[channel]["target"] == 0 and reasons[channel]["attempts"] == []
        assert reasons[channel]["text"]
    assert reasons["email"]["due_at"]
    assert (reasons["push"]["rule"], reasons["push"]["change_url"]) == ("no_address", "/devices")


def test_the_rule_says_who_decided(people: People):
    choose(people.member, "in_app", False)
    choose(people.member, "email", True)
    number = created(people.admin, recipient=people.member.id)["id"]
    reasons = why(people.member, number)
    assert (reasons["in_app"]["verdict"], reasons["in_app"]["rule"]) == ("suppress", "turned_off")
    assert reasons["in_app"]["status"] == "suppressed"
    assert (reasons["email"]["verdict"], reasons["email"]["rule"]) == ("send", "turned_on")


def test_a_narrowed_channel_and_a_mandatory_one_say_so(people: People):
    number = created(people.admin, recipient=people.member.id, channels=["email"])["id"]
    assert why(people.member, number)["in_app"]["rule"] == "narrowed"
    kind = "account_security_alert"
    number = created(people.admin, recipient=people.member.id, notification_type=kind)["id"]
    assert why(people.member, number)["email"]["rule"] == "mandatory"


def test_a_muted_topic_says_so(people: People):
    topic = make_topic("rust", people.member)
    path = f"topics/{topic}/subscription/"
    assert people.member.put(path, {"muted_until": "2199-01-01T00:00:00Z"}).status_code == 200
    event = created(people.admin, topic=topic)
    assert listed(people.member) == []
    number = db.session.scalars(sa.select(Notification.id).where(Notification.event_id == event["id"])).one()
    assert {reason["rule"] for reason in why(people.member, number).values()} <= {"muted_topic", "no_address"}


def test_a_cancelled_email_says_so(people: People):
    event = created(people.admin, recipients=[people.member.id])["id"]
    people.admin.post(f"events/{event}/cancel/")
    email = why(people.member, newest(people.member))["email"]
    assert (email["status"], email["verdict"], email["rule"]) == ("cancelled", "suppress", "cancelled")
    assert [attempt["outcome"] for attempt in email["attempts"]] == ["cancelled"]
    assert email["due_at"] is None


def test_it_is_said_in_the_language_of_whoever_asks(people: People):
    french = make_caller(people.admin.client.application, locale="fr")
    number = receive(french)
    assert why(french, number)["in_app"]["text"] != why(people.admin, number)["in_app"]["text"]


def test_only_its_owner_and_an_admin_learn_why(people: People):
    number = receive(people.member)
    assert why(people.admin, number).keys() == why(people.member, number).keys()
    for caller in (people.other, people.organiser):
        foreign, unknown = (caller.get(f"notifications/{n}/why/") for n in (number, 999999))
        assert foreign.status_code == 404 and foreign.get_json() == unknown.get_json()
    assert people.stranger.get(f"notifications/{number}/why/").status_code == 401
    assert people.member.get(f"notifications/{number}/why/?channel=email").status_code == 422


def judge(channel: str = "email") -> None:
    """Let a relay look at what is due."""
    with atomic() as session:
        claim_due(session, channel, 100, 60)


def quiet(member: Caller, **settings: Any) -> None:
    with atomic() as session:
        session.add(NotificationSettings(user_id=member.id, **{"quiet_hours": [], **settings}))


def test_while_it_is_held_the_rule_of_time_answers_and_says_until_when(people: People):
    until = dt.datetime(2030, 7, 1, 6, 30, tzinfo=dt.UTC)
    quiet(people.member, paused_until=until)
    number = receive(people.member)
    judge()
    email = why(people.member, number)["email"]
    assert (email["status"], email["verdict"], email["rule"]) == ("held", "hold", "paused")
    assert (email["hold"], email["due_at"]) == ("paused", "2030-07-01T06:30:00Z")
    assert email["change_url"] == "/preferences#pause"
    assert email["text"].startswith("You paused everything. It will leave as part of a summary: July 1, 2030")
    assert "8:30" in email["text"], "by the clocks of Paris"
    people.member.patch("/api/auth/me/", {"locale": "fr", "timezone": "America/New_York"})
    text = why(people.member, number)["email"]["text"]
    assert text.endswith("Elle partira dans un résumé\u00a0: 1 juillet 2030, 02:30.")


def test_what_its_sender_paused_says_so_and_promises_no_time(people: People):
    number = receive(people.member)
    pause_event(read_one(people.member, number)["event"], None)
    judge()
    email = why(people.member, number)["email"]
    assert (email["status"], email["verdict"], email["rule"]) == ("held", "hold", "sender_paused")
    assert (email["hold"], email["due_at"], email["change_url"]) == ("sender_paused", None, None)
    assert email["text"] == "The sender paused it. It is waiting."


def test_what_waits_for_the_inbox_says_so(people: People, own_types: None):
    with atomic() as session:
        session.execute(
            sa.update(TypeChannel).where(TypeChannel.channel == "email").values(escalate_after=60)
        )
    forget_types()
    number = receive(people.member)
    email = why(people.member, number)["email"]
    assert (email["verdict"], email["rule"], email["change_url"]) == ("hold", "escalation", None)
    assert "if you have not read it by then" in email["text"]
    people.member.post(f"notifications/{number}/mark_as_read/")
    with time_machine.travel(now() + dt.timedelta(minutes=2)):
        judge()
    email = why(people.member, number)["email"]
    assert (email["status"], email["verdict"], email["rule"]) == ("cancelled", "suppress", "already_read")
    assert email["hold"] == "escalation"


def test_what_a_summary_took_along_names_it(people: People):
    quiet(people.member, paused_until=after(60))
    number = receive(people.member)
    judge()
    with time_machine.travel(now() + dt.timedelta(minutes=2)), atomic() as session:
        event = summarise(session, people.member.id, "email")
    copy = db.session.scalars(sa.select(Notification.id).where(Notification.event_id == event)).one()
    email = why(people.member, number)["email"]
    assert (email["status"], email["verdict"], email["rule"]) == ("digested", "hold", "paused")
    assert email["summary"]["notification"] == copy
    assert "It was part of the summary of " in email["text"]
    summary = why(people.member, copy)["email"]
    assert (summary["verdict"], summary["rule"]) == ("send", "summary")


def test_every_rule_is_said_in_words() -> None:
    assert set(RULE_TEXTS) == set(Rule)
    assert set(LOG_TEXTS) == set(Status)
