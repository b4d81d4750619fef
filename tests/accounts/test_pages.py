"""Signing in and out, choosing a password, language and theme, in a browser without JavaScript."""

import re
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from hackitech.core.database import db
from hackitech.core.signing import sign_link
from hackitech.models.event import Event
from hackitech.models.password_reset import PasswordReset
from hackitech.models.session import Session
from hackitech.models.user import User
from tests.factories import PASSWORD, make_user, same_origin, sign_in

NEW = "another lantern orbit 43"

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture(autouse=True)
def english(client: FlaskClient) -> None:
    client.set_cookie("locale", "en")


def submit(client: FlaskClient, path: str, **form: str):
    """Send the form as a browser does, with the token that the page holds."""
    page = client.get("/login").text if path == "/login" else client.get("/reset").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    token = found[1] if found else same_origin(client)["X-CSRFToken"]
    return client.post(path, data={**form, "csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"})


def test_signing_in_leads_where_one_was_going(client: FlaskClient) -> None:
    user = make_user()
    answer = submit(client, "/login", email=user.email, password=PASSWORD, next="/preferences?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/preferences?x=1")
    assert client.get("/api/auth/me/").get_json()["id"] == user.id
    assert client.get("/login").headers["Location"] == "/inbox"


def test_wrong_and_unknown_look_the_same(client: FlaskClient) -> None:
    known = submit(client, "/login", email=make_user().email, password="wrong password")
    unknown = submit(client, "/login", email="nobody@example.org", password="wrong password")
    assert known.status_code == unknown.status_code == 422
    sentence = "Wrong email address or password."
    assert sentence in known.text
    assert sentence in unknown.text
    assert "session=" not in str(known.headers)


def test_a_form_with_a_nul_byte_is_just_wrong(client: FlaskClient) -> None:
    answer = submit(client, "/login", email="a\x00b@example.org", password="a\x00b", next="/inbox\x00")
    assert answer.status_code == 422


def test_signing_out_ends_the_session_and_leads_to_login(client: FlaskClient) -> None:
    sign_in(client, make_user())
    answer = client.post("/logout", headers=same_origin(client))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"storage"'  # the service worker too, and pushes with it
    assert db.session.query(Session).count() == 0
    assert client.get("/api/auth/me/").status_code == 401


def test_signing_out_twice_is_harmless(client: FlaskClient) -> None:
    assert client.post("/logout", headers=same_origin(client)).status_code == 303


def request_link(client: FlaskClient, user: User) -> str:
    """Ask for a link and return it, signed as the email channel does."""
    assert submit(client, "/reset", email=user.email).status_code == 200
    event = db.session.query(Event).order_by(Event.id.desc()).first()
    assert event is not None
    return sign_link(str(event.action_url), user.id)


def test_a_forgotten_password_is_changed_by_the_link(client: FlaskClient) -> None:
    user = make_user()
    link = request_link(client, user)
    page = client.get(link)
    assert page.status_code == 200
    assert user.email in page.text
    signature = link.partition("signature=")[2]
    answer = submit(client, urlsplit(link).path, token=signature, password=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert "Your password has changed." in client.get("/login").text
    assert submit(client, "/login", email=user.email, password=NEW).status_code == 303


def test_a_weak_password_is_refused_and_the_link_still_works(client: FlaskClient) -> None:
    link = request_link(client, make_user())
    signature = link.partition("signature=")[2]
    answer = submit(client, urlsplit(link).path, token=signature, password="short")
    assert answer.status_code == 422
    assert "Use at least 12 characters." in answer.text
    assert submit(client, urlsplit(link).path, token=signature, password=NEW).status_code == 303


def test_a_link_that_nobody_made_is_dead(client: FlaskClient) -> None:
    assert client.get("/reset/1?signature=x").status_code == 404
    assert client.get("/reset/1").status_code == 404
    assert submit(client, "/reset/1", token="x", password=NEW).status_code == 404


def test_only_so_many_links_are_sent_to_one_member(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hackitech.accounts.signin.RESET_EMAILS_PER_HOUR", 2)
    user = make_user()
    for _ in range(4):
        assert submit(client, "/reset", email=user.email).status_code == 200
    assert db.session.query(PasswordReset).count() == 2


def test_the_language_is_kept_in_a_cookie_and_in_the_profile(client: FlaskClient) -> None:
    headers = same_origin(client)
    assert (
        client.post("/locale", data={"locale": "fr", "next": "/login"}, headers=headers).headers["Location"]
        == "/login"
    )
    assert '<html lang="fr"' in client.get("/login").text
    user = make_user(locale="fr")
    sign_in(client, user)
    assert client.post("/locale", data={"locale": "en"}, headers=headers).status_code == 303
    assert db.session.get_one(User, user.id).locale == "en"
    assert client.post("/locale", data={"locale": "xx"}, headers=headers).status_code == 422


def test_the_theme_is_rendered_from_its_cookie(client: FlaskClient) -> None:
    headers = same_origin(client)
    assert (
        client.post("/theme", data={"theme": "dark", "next": "//evil.example"}, headers=headers).headers[
            "Location"
        ]
        == "/inbox"
    )
    assert 'data-theme="dark"' in client.get("/login").text
    client.set_cookie("theme", "<script>")
    assert "data-theme=" not in client.get("/login").text


def test_the_login_page_is_never_kept(client: FlaskClient) -> None:
    answer = client.get("/login")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert {"HX-Request", "Cookie"} <= set(answer.vary)
