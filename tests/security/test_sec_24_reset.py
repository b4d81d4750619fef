"""Security 24: a reset link works once, for an hour, for its member, and tells nobody who has an account."""

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.core.signing import sign_link
from hackitech.models.event import Event
from hackitech.models.password_reset import PasswordReset
from hackitech.models.session import Session
from hackitech.models.user import User
from tests.factories import PASSWORD, make_user, same_origin, sign_in

NEW = "another lantern orbit 43"
CSRF_TOKEN = re.compile(r"[\w-]{20,}\.[\w-]+\.[\w-]{20,}")

pytestmark = pytest.mark.usefixtures("db_session")


def ask(client: FlaskClient, email: str) -> TestResponse:
    """Ask for a link."""
    return client.post("/reset", data={"email": email}, headers=same_origin(client))


def link_for(client: FlaskClient, user: User) -> tuple[str, str]:
    """Ask for a link and return its path and signature, as the email carries them."""
    assert ask(client, user.email).status_code == 200
    event = db.session.query(Event).order_by(Event.id.desc()).first()
    assert event is not None
    link = urlsplit(sign_link(str(event.action_url), user.id))
    return link.path, link.query.removeprefix("signature=")


def change(client: FlaskClient, path: str, signature: str, password: str = NEW) -> TestResponse:
    """Send the form that the link leads to."""
    form = {"token": signature, "password": password}
    return client.post(path, data=form, headers=same_origin(client))


def signs_in(client: FlaskClient, user: User, password: str) -> bool:
    answer = client.post("/api/auth/token/", json={"email": user.email, "password": password})
    return answer.status_code == 201


def test_sec_24_the_link_works_once(client: FlaskClient) -> None:
    user = make_user()
    path, signature = link_for(client, user)
    assert change(client, path, signature).status_code == 303
    assert change(client, path, signature, "yet another orbit 44").status_code == 404
    assert client.get(path, query_string={"signature": signature}).status_code == 404
    assert signs_in(client, user, NEW)
    assert not signs_in(client, user, PASSWORD)


def test_sec_24_a_newer_change_uses_up_the_older_links(client: FlaskClient) -> None:
    user = make_user()
    older, newer = link_for(client, user), link_for(client, user)
    assert change(client, *newer).status_code == 303
    assert change(client, *older, "yet another orbit 44").status_code == 404


def test_sec_24_it_is_over_after_an_hour(client: FlaskClient) -> None:
    path, signature = link_for(client, make_user())
    reset = db.session.query(PasswordReset).one()
    assert 3590 < (reset.expires_at - after(0)).total_seconds() <= 3600
    reset.expires_at = after(-1)
    db.session.commit()
    assert change(client, path, signature).status_code == 404


def test_sec_24_it_is_for_its_member_alone(client: FlaskClient) -> None:
    ana, bob = make_user(), make_user()
    ana_path, ana_signature = link_for(client, ana)
    bob_path, bob_signature = link_for(client, bob)
    assert change(client, ana_path, bob_signature).status_code == 404
    assert change(client, bob_path, ana_signature).status_code == 404
    assert change(client, ana_path, ana_signature[:-2]).status_code == 404
    assert change(client, ana_path, "").status_code == 404
    assert signs_in(client, ana, PASSWORD)


def test_sec_24_a_disabled_member_gets_none_and_can_use_none(client: FlaskClient) -> None:
    user = make_user()
    path, signature = link_for(client, user)
    db.session.get_one(User, user.id).active = False
    db.session.commit()
    assert change(client, path, signature).status_code == 404
    ask(client, user.email)
    assert db.session.query(PasswordReset).count() == 1


def test_sec_24_all_sessions_end_and_the_member_is_told(make_client: Callable[[], FlaskClient]) -> None:
    user = make_user()
    thief = make_client()
    sign_in(thief, user)
    browser = make_client()
    assert change(browser, *link_for(browser, user)).status_code == 303
    assert thief.get("/api/auth/me/").status_code == 401
    assert db.session.query(Session).count() == 0
    types = [event.notification_type for event in db.session.query(Event).order_by(Event.id)]
    assert types == ["password_reset", "account_security_alert"]


def test_sec_24_known_and_unknown_addresses_are_answered_alike(client: FlaskClient) -> None:
    def answer(email: str) -> tuple[int, str, float]:
        began = time.perf_counter()
        response = ask(client, email)
        took = time.perf_counter() - began
        return response.status_code, CSRF_TOKEN.sub("", response.text), took

    known_status, known_page, known_time = answer(make_user().email)
    status, page, took = answer("nobody@example.org")
    assert (status, len(page)) == (known_status, len(known_page))
    assert min(known_time, took) >= 0.3
    assert abs(known_time - took) < 0.15
    assert db.session.query(PasswordReset).count() == 1


def test_sec_24_the_link_itself_is_stored_nowhere(client: FlaskClient) -> None:
    path, signature = link_for(client, make_user())
    rows = [*db.session.query(PasswordReset), *db.session.query(Event)]
    assert all(signature not in str(vars(row)) for row in rows)
    assert path in str([vars(row) for row in rows])
