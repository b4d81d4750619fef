"""Why: what became of a notification on each channel, and which rule said so."""

import sqlalchemy as sa

from hackitech.core.database import db
from hackitech.models.notification import Notification
from hackitech.models.rules import Rule
from tests.callers import Caller, People, make_caller
from tests.notifications.mailbox import created, listed, make_topic, newest, receive

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
