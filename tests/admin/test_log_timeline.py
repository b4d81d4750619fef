"""The timeline of a notification: what happened to it on each channel, in words and in order."""

import datetime as dt
import html
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from hackitech.core.clock import now
from hackitech.core.database import db, table
from hackitech.core.transaction import atomic
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.user import User
from tests.admin.logged import became, event_of, told
from tests.admin.test_log_pages import HTMX, admin, ana
from tests.callers import Caller
from tests.factories import bearer

__all__ = ["admin", "ana"]
SECTION = re.compile(r'<section class="timeline__channel">.*?</section>', re.DOTALL)
START = now() - dt.timedelta(days=1)


def minutes(number: int) -> dt.datetime:
    """Return a time so many minutes after the notification."""
    return START + dt.timedelta(minutes=number)


def text_of(markup: str) -> str:
    """Return what is read of markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def sections(client: FlaskClient, notification_id: int) -> dict[str, str]:
    """Return the text of each channel's timeline, by its first word."""
    page = client.get(f"/admin/log/{notification_id}")
    assert page.status_code == 200
    return {text.split()[0]: text for text in map(text_of, SECTION.findall(page.text))}


def entries(client: FlaskClient, notification_id: int, channel: str) -> list[str]:
    """Return the sentences of a channel's timeline, without their times."""
    page = client.get(f"/admin/log/{notification_id}")
    (section,) = [found for found in SECTION.findall(page.text) if text_of(found).startswith(channel)]
    return [text_of(item) for item in re.findall(r"</time><span>(.*?)</span></li>", section, re.DOTALL)]


def attempts(delivery_id: int, *outcomes: tuple[str, str]) -> None:
    """Log these outcomes, with what was answered, a minute apart."""
    with atomic() as session:
        session.add_all(
            DeliveryAttempt(delivery_id=delivery_id, at=minutes(place + 1), outcome=outcome, detail=detail)
            for place, (outcome, detail) in enumerate(outcomes)
        )


def change(notification_id: int, **columns: Any) -> None:
    with atomic() as session:
        own = sa.update(table(Notification)).where(Notification.id == notification_id)
        session.execute(own.values(**columns))


@pytest.fixture
def copy(ana: User) -> int:
    """A notification of a day ago."""
    copy = told(ana, title="Room change")
    change(copy, created_at=START, surfaced_at=START)
    return copy


def test_it_says_who_what_and_which_message(client: FlaskClient, ana: User, copy: int):
    page = client.get(f"/admin/log/{copy}", query_string={"status": "sent"}).text
    assert "Room change" in page and "Ana Sousa" in page and "ana@example.org" in page
    assert f'href="/admin/messages/{event_of(copy)}"' in page
    assert 'href="/admin/log/?status=sent"' in page, "the way back keeps the filters"


def test_htmx_gets_the_part_beside_the_list(client: FlaskClient, copy: int):
    part = client.get(f"/admin/log/{copy}", headers=HTMX).text
    assert part.lstrip().startswith("<article") and "<html" not in part and "Room change" in part


def test_each_attempt_is_there_with_its_answer_in_order(client: FlaskClient, copy: int):
    email = became(copy, "email", "sent", first_attempt_at=minutes(0), attempts=2)
    attempts(email, ("retrying", "451 greylisted <later>"), ("sent", ""), ("delivered", "report"))
    assert entries(client, copy, "Email") == [
        "Created. This type is sent on this channel unless it is turned off.",
        "A worker took it, for the first attempt.",
        "It could not be delivered yet and will be tried again. 451 greylisted <later>",
        "It was handed over.",
        "It arrived. report",
    ]


def test_what_held_it_is_named_with_until_when(client: FlaskClient, ana: User, copy: int):
    until = dt.datetime(2027, 3, 1, 7, 0, tzinfo=dt.UTC)
    email = became(copy, "email", "held", hold="quiet_hours", due_at=until)
    attempts(email, ("held", f"quiet_hours until {until.isoformat()}"))
    told_of = sections(client, copy)["Email"]
    assert "Held back until March 1, 2027, 8:00 AM. It came during the member’s quiet hours." in told_of
    assert "Next: it is judged anew, March 1, 2027, 8:00 AM." in told_of


def test_what_held_it_from_the_first_is_named(client: FlaskClient, copy: int):
    became(copy, "push", "held", hold="escalation", due_at=minutes(5))
    assert entries(client, copy, "Push")[1] == (
        "Held back. This channel leaves some time to read it in the inbox first."
    )


def test_a_channel_that_was_refused_says_why(client: FlaskClient, copy: int):
    became(copy, "push", "suppressed", rule="no_address")
    became(copy, "webhook", "suppressed", rule="muted_topic")
    assert entries(client, copy, "Push") == [
        "Not sent. The member has no address or device for this channel."
    ]
    assert entries(client, copy, "Webhook") == ["Not sent. The member muted the topic."]


def test_what_a_rule_ended_later_began_as_created(client: FlaskClient, copy: int):
    email = became(copy, "email", "cancelled", rule="already_read", hold="escalation")
    attempts(email, ("cancelled", ""))
    assert entries(client, copy, "Email") == [
        "Created.",
        "Held back. This channel leaves some time to read it in the inbox first.",
        "It was stopped. It had been read before it was to leave.",
    ]


def test_a_summary_is_led_to(client: FlaskClient, ana: User, copy: int):
    summary = told(ana, title="Summary")
    email = became(copy, "email", "digested", hold="frequency", digest_id=event_of(summary))
    attempts(email, ("digested", ""))
    page = client.get(f"/admin/log/{copy}").text
    assert f'href="/admin/log/{summary}">See the summary' in page


def test_what_its_reader_did_is_the_inboxs_timeline(client: FlaskClient, copy: int):
    did = ("seen_at", "read_at", "acknowledged_at", "archived_at", "deleted_at")
    change(copy, **{column: minutes(place) for place, column in enumerate(did, 1)})
    assert entries(client, copy, "Inbox")[1:] == [
        "Seen in the list.",
        "Read.",
        "Acknowledged.",
        "Put into the archive.",
        "It was removed from the inbox.",
    ]


def test_withdrawing_replaying_and_devices_are_told(client: FlaskClient, app: Flask, ana: User):
    phone = Caller(client, bearer(ana)).post("devices/", {"kind": "fcm", "name": "Pixel", "token": "t" * 40})
    device = phone.get_json()["id"]
    copy = told(ana)
    push = became(copy, "push", "sent", withdrawn_at=now(), target=device, settled_at=now(), generation=1)
    attempts(push, ("sent", ""))
    text = sections(client, copy)["Push"]
    assert "Push – Pixel Sent Replay no. 1" in text
    assert "Taken back from the device" in text and "An administrator replayed or dropped it." in text
    assert "t" * 40 not in client.get(f"/admin/log/{copy}").text
    became(copy, "push", "sent", target=device + 1)
    assert "a device that is gone" in sections(client, copy)["Push"]


def test_what_was_withdrawn_or_snoozed_says_so(client: FlaskClient, copy: int):
    change(copy, snoozed_until=dt.datetime(2027, 3, 1, 7, 0, tzinfo=dt.UTC), surfaced_at=minutes(9))
    with atomic() as session:
        session.execute(sa.update(Event).values(retracted_at=minutes(10)))
    inbox = sections(client, copy)["Inbox"]
    assert "Back in the inbox after a snooze." in inbox and "The sender withdrew it." in inbox
    assert "Next: back in the inbox, March 1, 2027, 8:00 AM." in inbox


def test_one_that_is_purged_is_unknown(client: FlaskClient, copy: int):
    db.session.delete(db.session.get_one(Notification, copy))
    db.session.commit()
    assert client.get(f"/admin/log/{copy}").status_code == 404
