"""The page of the profile, in a browser without JavaScript: one's own, a stranger's, and hostile input."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.core.database import db
from hackitech.models.api_token import ApiToken
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.event import Event
from hackitech.models.session import Session
from hackitech.models.user import User
from tests.factories import PASSWORD, make_token, make_user, same_origin, sign_in

NEW = "another lantern orbit 43"
PROFILE = {"name": "Ana", "locale": "en", "timezone": "Asia/Tokyo", "theme": "dark"}
TOKEN = {"token_name": "CI", "token_scopes": "read", "token_days": "30"}

pytestmark = pytest.mark.usefixtures("db_session")
Post = Callable[..., TestResponse]


@pytest.fixture
def user() -> User:
    return make_user(name="Léa Martin", email="lea@example.org")


@pytest.fixture
def post(client: FlaskClient, user: User) -> Iterator[Post]:
    """Send a form as the page of `user` does."""
    sign_in(client, user)

    def send(path: str, form: dict[str, str] | None = None) -> TestResponse:
        return client.post(path, data=form or {}, headers=same_origin(client))

    yield send


def stored(user: User) -> User:
    return db.session.get_one(User, user.id)


def test_the_page_says_who_one_is(client: FlaskClient, post: Post):
    html = client.get("/profile").text
    assert 'value="Léa Martin"' in html and "lea@example.org" in html
    assert 'value="Europe/Paris"' in html and 'value="Asia/Tokyo"' in html
    assert "You are signed in on 1 browser: this one." in html


def test_it_is_linked_from_the_menu_of_every_page(client: FlaskClient, post: Post):
    assert 'href="/profile"' in client.get("/preferences").text


def test_saving_changes_name_language_timezone_and_theme(client: FlaskClient, user: User, post: Post):
    answer = post("/profile", PROFILE | {"locale": "fr"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/profile")
    assert (stored(user).name, stored(user).locale, stored(user).timezone) == ("Ana", "fr", "Asia/Tokyo")
    html = client.get("/profile").text
    assert '<html lang="fr" data-theme="dark">' in html and "Ton profil est enregistré." in html
    client.delete_cookie("session")
    assert '<html lang="fr" data-theme="dark">' in client.get("/login").text


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("america/new_york", "America/New_York"),
        (" New York ", "America/New_York"),
        ("Londres", "Europe/London"),
        ("TOKYO", "Asia/Tokyo"),
        ("utc", "UTC"),
    ],
)
def test_a_timezone_is_found_by_its_city(user: User, post: Post, typed: str, zone: str):
    assert post("/profile", PROFILE | {"timezone": typed, "locale": "fr"}).status_code == 303
    assert stored(user).timezone == zone


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "Write a name of 1 to 100 characters"),
        ("name", "x" * 101, "Write a name of 1 to 100 characters"),
        ("name", "a\x00b", "Write a name of 1 to 100 characters"),
        ("locale", "de", "Choose one of the languages."),
        ("timezone", "Mars/Olympus", "Choose a timezone from the list"),
        ("timezone", "../../etc/passwd", "Choose a timezone from the list"),
        ("timezone", "\x00", "Choose a timezone from the list"),
        ("theme", "<script>", "Choose one of the themes."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_saved(
    user: User, post: Post, field: str, value: str, words: str
):
    answer = post("/profile", PROFILE | {field: value})
    assert answer.status_code == 422
    assert words in answer.text and f'id="{field}-error"' in answer.text and f'href="#{field}"' in answer.text
    assert "<title>Error: Profile" in answer.text
    assert (stored(user).name, stored(user).timezone) == ("Léa Martin", "Europe/Paris")


def test_what_was_typed_stays_and_is_harmless(post: Post):
    answer = post("/profile", PROFILE | {"name": '"><script>alert(1)</script>', "timezone": "<b>"})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text and "&lt;script&gt;" in answer.text


def test_an_empty_form_is_refused(post: Post):
    assert [post(path).status_code for path in ("/profile", "/profile/tokens", "/profile/erase")] == [422] * 3


@pytest.mark.parametrize(
    ("locale", "time", "number"),
    [("fr", "UTC+09:00", "12\u202f345,6"), ("en", "GMT+09:00", "12,345.6")],
)
def test_the_sample_is_in_the_chosen_language_and_timezone(
    client: FlaskClient, post: Post, locale: str, time: str, number: str
):
    html = client.get(f"/profile/sample?locale={locale}&timezone=Asia/Tokyo").text
    assert time in html and number in html and f'lang="{locale}"' in html
    assert "<html" not in html and html.strip().startswith('<p class="sample" id="sample">')


@pytest.mark.parametrize("query", ["timezone=Mars", "timezone=%00", "locale=de", "timezone=../x"])
def test_there_is_no_sample_of_what_there_is_not(client: FlaskClient, post: Post, query: str):
    answer = client.get(f"/profile/sample?{query}")
    assert answer.status_code == 200
    assert "There is no timezone of this name." in answer.text


def test_changing_the_password_gives_this_browser_a_new_session_and_ends_the_others(
    make_client: Callable[[], FlaskClient], client: FlaskClient, user: User, post: Post
):
    other = make_client()
    sign_in(other, user)
    before = client.get_cookie("session")
    answer = post("/profile/password", {"current_password": PASSWORD, "password": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/profile")
    after = client.get_cookie("session")
    assert before and after and before.value != after.value
    assert "Your password has changed." in client.get("/profile").text
    assert other.get("/profile").headers["Location"].startswith("/login")
    assert db.session.query(Session).count() == 1
    event = db.session.query(Event).one()
    assert (event.notification_type, event.params["alert"]) == ("account_security_alert", "password_changed")
    assert db.session.query(AuditEntry.action, AuditEntry.actor_id).all() == [("user.set_password", user.id)]
    again = {"email": user.email, "password": NEW}
    assert other.post("/login", data=again, headers=same_origin(other)).status_code == 303


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"current_password": "wrong", "password": NEW}, "current_password", "This is not your password."),
        ({"current_password": PASSWORD, "password": "short"}, "password", "Use at least 12 characters."),
        ({"current_password": PASSWORD, "password": "x" * 257}, "password", "Use at most 256 characters."),
        ({"current_password": PASSWORD, "password": "lea martin lea"}, "password", "must not contain"),
        ({"current_password": PASSWORD, "password": PASSWORD}, "password", "that you have already."),
        ({}, "current_password", "This is not your password."),
    ],
)
def test_a_password_is_changed_by_who_knows_it_for_a_good_one_only(
    user: User, post: Post, form: dict[str, str], field: str, words: str
):
    before = stored(user).password_hash
    answer = post("/profile/password", form)
    assert answer.status_code == 422
    assert words in answer.text and f'id="{field}-error"' in answer.text
    assert PASSWORD not in answer.text and NEW not in answer.text
    assert stored(user).password_hash == before
    assert db.session.query(Session).count() == 1


@pytest.mark.parametrize("path", ["/profile/password", "/profile/erase"])
def test_guessing_the_password_from_inside_is_slowed_down_as_well(user: User, post: Post, path: str):
    form = {"current_password": "wrong", "password": NEW, "email": user.email}
    answers = [post(path, form) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0 and "Too many tries." in answers[-1].text


def test_who_has_no_password_is_shown_the_way_to_one(client: FlaskClient):
    sign_in(client, make_user(password_hash=None))
    html = client.get("/profile").text
    assert "You have no password yet." in html and 'name="current_password"' not in html
    assert 'name="current_password"' not in client.get("/profile/erase").text


def test_a_token_is_shown_once_and_works(client: FlaskClient, user: User, post: Post):
    answer = post("/profile/tokens", TOKEN)
    found = re.search(r'id="new-token" value="(ntf_[^"]+)"', answer.text)
    assert answer.status_code == 200 and found
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers or found[1] not in str(answer.headers)
    me = client.get("/api/auth/me/", headers={"Authorization": f"Bearer {found[1]}"}).get_json()
    assert (me["id"], me["scopes"]) == (user.id, ["read"])
    later = client.get("/profile").text
    assert "CI" in later and "ntf_" not in later


def test_a_token_may_read_and_change_for_as_long_as_chosen(user: User, post: Post):
    form = TOKEN | {"token_scopes": "read write", "token_days": "365"}
    assert post("/profile/tokens", form).status_code == 200
    token = db.session.query(ApiToken).one()
    days = round((token.expires_at - token.created_at) / dt.timedelta(days=1))
    assert (token.scopes, days) == ("read write", 365)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_name", ""),
        ("token_name", "x" * 101),
        ("token_name", "a\x00"),
        ("token_scopes", "send"),
        ("token_scopes", "read write send admin"),
        ("token_scopes", ""),
        ("token_days", "366"),
        ("token_days", "99999999999999"),
        ("token_days", "-1"),
    ],
)
def test_a_token_of_another_kind_is_not_made(post: Post, field: str, value: str):
    answer = post("/profile/tokens", TOKEN | {field: value})
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    assert db.session.query(ApiToken).count() == 0


def test_even_an_admin_makes_tokens_for_reading_and_writing_only_here(client: FlaskClient):
    sign_in(client, make_user("admin"))
    form = TOKEN | {"token_scopes": "admin"}
    assert client.post("/profile/tokens", data=form, headers=same_origin(client)).status_code == 422


def test_a_token_is_revoked(client: FlaskClient, user: User, post: Post):
    secret = make_token(user)
    (token,) = db.session.query(ApiToken).all()
    assert post(f"/profile/tokens/{token.id}/revoke").headers["Location"] == "/profile#tokens"
    assert client.get("/api/auth/me/", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    html = client.get("/profile").text
    assert "The token is revoked." in html and "No program acts for you." in html
    assert post(f"/profile/tokens/{token.id}/revoke").status_code == 404


def test_someone_elses_token_and_an_unknown_one_are_the_same(post: Post):
    secret = make_token(make_user())
    token = db.session.query(ApiToken).one()
    theirs, unknown = (post(f"/profile/tokens/{id_}/revoke") for id_ in (token.id, token.id + 99))
    assert theirs.status_code == unknown.status_code == 404
    assert db.session.query(ApiToken).filter_by(revoked_at=None).count() == 1 and secret


def test_many_tokens_are_shown_a_page_at_a_time(client: FlaskClient, user: User, post: Post):
    for number in range(21):
        make_token(user, name=f"Token {number:02}")
    first = client.get("/profile").text
    assert "Token 20" in first and "Token 00" not in first
    older = re.search(r'href="(/profile\?cursor=[^#"]+)#tokens"', first)
    assert older and "Token 00" in client.get(older[1]).text
    assert client.get("/profile?cursor=nonsense").status_code == 422


def test_signing_out_everywhere_ends_this_session_too(client: FlaskClient, user: User, post: Post):
    sign_in(client.application.test_client(), user)
    assert "You are signed in on 2 browsers" in client.get("/profile").text
    assert post("/profile/sign-out-everywhere").headers["Location"] == "/login"
    assert db.session.query(Session).count() == 0
    assert "You are signed out everywhere." in client.get("/login").text
    assert client.get("/profile").headers["Location"].startswith("/login")


PATHS = ["", "/sample", "/password", "/tokens", "/export", "/erase"]
CHANGING = ["", "/password", "/tokens", "/tokens/1/revoke", "/sign-out-everywhere", "/erase"]


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_signs_in_first(client: FlaskClient, path: str):
    assert client.get(f"/profile{path}").headers["Location"].startswith("/login?next=")


@pytest.mark.parametrize("path", CHANGING)
def test_nothing_is_changed_without_the_token_against_csrf(client: FlaskClient, user: User, path: str):
    sign_in(client, user)
    form: dict[str, Any] = PROFILE | TOKEN | {"email": user.email, "current_password": PASSWORD}
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-origin"}):
        assert client.post(f"/profile{path}", data=form, headers=headers).status_code == 403
    assert (stored(user).name, db.session.query(ApiToken).count()) == ("Léa Martin", 0)


def test_an_api_token_opens_no_page(app: Flask, user: User):
    headers = {"Authorization": f"Bearer {make_token(user)}"}
    for path in PATHS:
        answer = app.test_client().get(f"/profile{path}", headers=headers)
        assert answer.headers["Location"].startswith("/login")


def test_the_address_of_a_form_leads_back_to_the_page(client: FlaskClient, post: Post):
    assert client.get("/profile/tokens").headers["Location"] == "/profile#tokens"
