"""Erasing one's account: asked twice, complete, without a trace but the audit log's number."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.accounts import erasure_service
from hackitech.clock import Clock
from hackitech.core.clock import now
from hackitech.core.database import Base, db
from hackitech.core.publish import PURGED
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.suppression import Suppression
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from tests.callers import make_caller
from tests.factories import PASSWORD, bearer, make_token, make_user, same_origin, sign_in
from tests.topics.conftest import make_topic

ADDRESS = "lea.martin@example.org"

pytestmark = pytest.mark.usefixtures("db_session")


def erase(client: FlaskClient, user: User, **changes: str) -> TestResponse:
    """Send the form of the page, filled in rightly unless said otherwise."""
    form = {"email": user.email, "current_password": PASSWORD, **changes}
    return client.post("/profile/erase", data=form, headers=same_origin(client))


@pytest.fixture
def user(client: FlaskClient) -> User:
    member = make_user(email=ADDRESS, name="Léa Martin", external_id="platform-7")
    sign_in(client, member)
    db.session.expunge(member)  # it is spoken of after it is gone
    return member


def told(*users: User, **content: Any) -> int:
    with atomic():
        words = {"title": "News", "message": "A message", **content}
        return notify("announcement", recipients=list(users), **words).event_id


def everything() -> str:
    """Return all that the database holds, as text."""
    tables = [db.session.execute(sa.select(table)).mappings() for table in Base.metadata.sorted_tables]
    return "\n".join(str(dict(row)) for rows in tables for row in rows)


def test_the_page_says_what_goes_and_what_stays(client: FlaskClient, user: User):
    html = client.get("/profile/erase").text
    assert "What is erased" in html and "What is kept" in html and ADDRESS in html


def test_nothing_of_a_member_is_left(app: Flask, client: FlaskClient, user: User):
    member = make_caller(app)  # only to have somebody whose rows must stay
    me = {"headers": bearer(user)}
    root = "/api/notifications/"
    client.post(f"{root}devices/", json={"kind": "fcm", "token": "phone"}, **me)
    client.patch(f"{root}preferences/settings/", json={"daily_email_limit": 5}, **me)
    choice = {"notification_type": "comment", "channel": "email", "enabled": False}
    client.post(f"{root}preferences/", json=choice, **me)
    make_topic(make_caller(app, "admin", ("read", "write", "admin")), "rust")
    client.put(f"{root}topics/rust/subscription/", json={}, **me)
    with atomic() as session:
        session.add(Suppression(channel="email", address=ADDRESS, reason="550", created_at=now()))
    told(user, title="Said to Léa Martin alone")
    shared = told(user, db.session.get_one(User, member.id), title="Said to both")

    answer = erase(client, user)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/goodbye")
    assert "Your account is erased" in client.get("/goodbye").text
    left = everything()
    for trace in (ADDRESS, "Léa Martin", "platform-7", "phone"):
        assert trace not in left
    for table in Base.metadata.sorted_tables:
        for name in {"user_id", "recipient_id"} & set(table.c.keys()):
            theirs = sa.select(sa.func.count()).where(table.c[name] == user.id)
            assert db.session.scalar(theirs) == 0, table.name
    assert db.session.get(User, user.id) is None
    assert db.session.scalars(sa.select(Event.id)).all() == [shared]
    assert db.session.scalars(sa.select(Notification.recipient_id)).all() == [member.id]


def test_it_is_audited_under_the_number_alone(client: FlaskClient, user: User):
    erase(client, user)
    entry = db.session.query(AuditEntry).one()
    assert (entry.action, entry.actor_id, entry.object_id) == ("user.erase", user.id, str(user.id))
    assert (entry.before, entry.after) == (None, None)


def test_what_others_received_stays_without_its_actor(client: FlaskClient, user: User):
    other = make_user()
    event = told(other, actor=user)
    erase(client, user)
    assert db.session.get_one(Event, event).actor_id is None
    assert db.session.query(Notification).one().recipient_id == other.id


def test_every_way_in_is_closed_at_once(
    make_client: Callable[[], FlaskClient], client: FlaskClient, user: User
):
    elsewhere, token = make_client(), make_token(user)
    sign_in(elsewhere, user)
    erase(client, user)
    assert client.get_cookie("session") is None
    assert elsewhere.get("/profile").headers["Location"].startswith("/login")
    me = "/api/auth/me/"
    assert client.get(me, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    again = {"email": ADDRESS, "password": PASSWORD}
    assert elsewhere.post("/login", data=again, headers=same_origin(elsewhere)).status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "somebody.else@example.org"}, "email"),
        ({"email": "\x00"}, "email"),
        ({"current_password": ""}, "current_password"),
        ({"current_password": "wrong password"}, "current_password"),
    ],
)
def test_it_takes_the_address_and_the_password(
    client: FlaskClient, user: User, changes: dict[str, str], field: str
):
    answer = erase(client, user, **changes)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    assert db.session.get_one(User, user.id).email == ADDRESS


def test_the_address_may_be_typed_in_any_case(client: FlaskClient, user: User):
    assert erase(client, user, email=f" {ADDRESS.upper()} ").status_code == 303


def test_the_last_admin_stays(client: FlaskClient):
    admin = make_user("admin")
    make_user("admin", active=False)
    sign_in(client, admin)
    assert "only administrator left" in client.get("/profile/erase").text
    assert erase(client, admin).status_code == 409
    assert db.session.get_one(User, admin.id).active
    make_user("admin")
    assert erase(client, admin).status_code == 303


def test_the_address_is_free_for_a_new_account(client: FlaskClient, user: User):
    erase(client, user)
    assert make_user(email=ADDRESS).id != user.id


def many(user: User, amount: int) -> None:
    for _ in range(amount):
        told(user)


def test_what_takes_long_is_left_to_the_clock_and_nobody_is_seen_meanwhile(
    app: Flask, client: FlaskClient, user: User, redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(erasure_service, "PATIENCE", -1.0)
    monkeypatch.setitem(app.config, "CHUNK_SIZE", 2)
    many(user, 5)
    with redis.Redis.from_url(redis_url) as connection:
        connection.set(PURGED, "1")
        assert erase(client, user).status_code == 303
        assert connection.get(PURGED) is None
        nobody = db.session.get_one(User, user.id)
        assert (nobody.email, nobody.name, nobody.active) == (f"{user.id}@erased.invalid", "", False)
        assert nobody.password_hash is None and ADDRESS not in everything()

        keeper = Clock(connection)
        for _ in range(6):
            keeper.tick()
    db.session.expire_all()
    assert db.session.get(User, user.id) is None
    assert db.session.query(Notification).count() == 0


def test_a_clock_finishes_one_member_after_the_other(user: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(erasure_service, "PATIENCE", -1.0)
    other, bystander = make_user(), make_user(active=False)
    for member in (user, other, bystander):
        many(member, 2)
    for member in (user, other):
        erasure_service.erase_account(member.id)
    rounds = 0
    while erasure_service.erase_leftovers():
        rounds += 1
    assert rounds == 4
    assert db.session.scalars(sa.select(User.id)).all() == [bystander.id]
    assert db.session.query(Notification).count() == 2


def test_goodbye_says_nothing_to_ask_for(client: FlaskClient):
    answer = client.get("/goodbye")
    assert answer.status_code == 200
    assert "session=" not in str(answer.headers)
