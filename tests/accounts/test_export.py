"""The export of one's own data: all of it, nobody else's, no secrets, a page at a time."""

import json
import tracemalloc
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hackitech.accounts import export_service
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.device import Device
from hackitech.models.notification import Notification
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from tests.callers import make_caller
from tests.factories import make_token, make_user, sign_in
from tests.topics.conftest import make_topic

pytestmark = pytest.mark.usefixtures("db_session")


def told(*users: User, title: str = "News", **content: Any) -> None:
    with atomic():
        notify("announcement", recipients=list(users), title=title, message="A message", **content)


def exported(client: FlaskClient, user: User) -> dict[str, Any]:
    """Return the document that a member downloads."""
    sign_in(client, user)
    answer = client.get("/profile/export", buffered=True)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == f'attachment; filename="notifi-{now():%Y-%m-%d}.json"'
    document: dict[str, Any] = json.loads(answer.text)
    return document


def test_it_holds_the_account_with_settings_choices_devices_and_topics(app: Flask, client: FlaskClient):
    member, admin = make_caller(app, name="Léa"), make_caller(app, "admin", ("read", "write", "admin"))
    member.patch("preferences/settings/", {"daily_email_limit": 5})
    member.post("preferences/", {"notification_type": "comment", "channel": "email", "enabled": False})
    member.post("devices/", {"kind": "fcm", "name": "Phone", "token": "reaches-the-phone"})
    make_topic(admin, "rust")
    member.put("topics/rust/subscription/", {})
    secret = make_token(db.session.get_one(User, member.id), name="CI")

    document = exported(client, db.session.get_one(User, member.id))

    assert document["account"]["name"] == "Léa" and document["account"]["id"] == member.id
    assert document["settings"]["daily_email_limit"] == 5
    assert [(c["notification_type"], c["enabled"]) for c in document["preferences"]] == [("comment", False)]
    assert [(one["kind"], one["name"]) for one in document["devices"]] == [("fcm", "Phone")]
    assert {one["name"] for one in document["tokens"]} == {"CI", "Test"}
    assert [one["key"] for one in document["subscriptions"]] == ["rust"]
    assert document["sessions"][0]["user_agent"] == "test browser"
    text = json.dumps(document)
    for hidden in ("reaches-the-phone", secret, "hash", "argon2", "p256dh"):
        assert hidden not in text


def test_it_holds_notifications_with_their_deliveries_and_attempts(client: FlaskClient):
    user, other = make_user(), make_user()
    told(user, other, title="Ours")
    told(other, title="Theirs")
    sent = db.session.query(Delivery).filter_by(recipient_id=user.id, channel="email").one()
    with atomic() as session:
        session.add(DeliveryAttempt(delivery_id=sent.id, at=now(), outcome="retrying", detail="451 later"))

    (notification,) = exported(client, user)["notifications"]

    assert notification["title"] == "Ours" and notification["recipient"] == user.id
    (email,) = [one for one in notification["deliveries"] if one["channel"] == "email"]
    assert [(one["outcome"], one["detail"]) for one in email["attempts"]] == [("retrying", "451 later")]


def test_it_holds_what_a_member_confirmed_and_when(client: FlaskClient):
    user = make_user()
    told(user, acknowledge=True)
    with atomic() as session:
        session.query(Notification).one().acknowledged_at = now()

    (notification,) = exported(client, user)["notifications"]

    assert notification["acknowledge"] is True and notification["acknowledged_at"]


def test_it_holds_what_is_read_archived_or_snoozed_but_not_what_was_deleted(client: FlaskClient):
    user = make_user()
    for title in ("Inbox", "Archived", "Snoozed", "Expired", "Deleted"):
        told(user, title=title)
    states = {"archived_at": 1, "snoozed_until": 2, "expired_at": 3, "deleted_at": 4}
    with atomic() as session:
        copies = session.query(Notification).order_by(Notification.id).all()
        for column, place in states.items():
            setattr(copies[place], column, now())

    titles = {one["title"] for one in exported(client, user)["notifications"]}

    assert titles == {"Inbox", "Archived", "Snoozed", "Expired"}


def test_an_empty_mailbox_is_an_empty_list(client: FlaskClient):
    assert exported(client, make_user())["notifications"] == []


def test_every_notification_is_there_once_however_many_pages(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(export_service, "_PAGE", 3)
    user = make_user()
    for number in range(10):
        told(user, title=f"No. {number}")
    titles = [one["title"] for one in exported(client, user)["notifications"]]
    assert titles == [f"No. {number}" for number in range(9, -1, -1)]


def test_it_is_written_while_it_is_read_so_that_memory_holds_a_page(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(export_service, "_PAGE", 10)
    user = make_user()
    with atomic():
        for _ in range(100):
            notify("announcement", recipients=[user], title="News", message="A message " * 600)
    pieces = export_service.export_account(user.id)
    next(pieces)
    next(pieces)
    tracemalloc.start()
    whole = sum(map(len, pieces))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < whole, f"{peak} bytes held for {whole} characters"


def test_a_member_exports_so_often_an_hour(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export_service, "EXPORTS_PER_HOUR", 2)
    sign_in(client, make_user())
    assert [client.get("/profile/export", buffered=True).status_code for _ in range(3)] == [200, 200, 429]
    assert db.session.query(Device).count() == 0
