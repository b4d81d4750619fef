"""Unsubscribing (RFC 8058): a signed token and nothing else, by POST only, and as often as one likes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from hackitech.core.database import db
from hackitech.core.signing import sign, unsubscribe_token
from hackitech.models.preference import Preference
from hackitech.models.user import User
from tests.factories import make_user, sign_in

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
MANDATORY = "account_security_alert"


@pytest.fixture
def client(client: FlaskClient) -> FlaskClient:
    """A browser in English."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def user(app: Flask, db_session: object) -> User:
    return make_user(email="jeanne@example.org")


def link(user: User, notification_type: str = "team_invitation") -> str:
    return f"/u/{unsubscribe_token(user.id, notification_type)}"


def choices(user: User) -> dict[str, bool]:
    """Return what the member chose about email, by type."""
    query = select(Preference.notification_type, Preference.enabled, Preference.channel)
    rows = db.session.execute(query.where(Preference.user_id == user.id)).all()
    assert {row.channel for row in rows} <= {"email"}
    return {row.notification_type: row.enabled for row in rows}


def test_one_click_stops_the_type_without_login_origin_or_redirect(client: FlaskClient, user: User):
    for _twice in range(2):
        response = client.post(link(user), data=ONE_CLICK)
        assert response.status_code == 200
        assert "Location" not in response.headers and "HX-Redirect" not in response.headers
        assert choices(user) == {"team_invitation": False}


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://mail.example.com"}]
)
def test_a_mail_service_may_send_it(client: FlaskClient, user: User, headers: dict[str, str]):
    assert client.post(link(user), data=ONE_CLICK, headers=headers).status_code == 200
    multipart = client.post(link(user), data=ONE_CLICK, content_type="multipart/form-data", headers=headers)
    assert multipart.status_code == 200
    assert choices(user) == {"team_invitation": False}


def test_opening_the_link_changes_nothing(client: FlaskClient, user: User):
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.open(link(user), method=method).status_code == 200
    assert choices(user) == {}


def test_the_token_of_somebody_else_counts_whoever_is_signed_in(client: FlaskClient, user: User):
    sign_in(client, signed_in := make_user())
    client.post(link(user), data=ONE_CLICK)
    assert choices(user) == {"team_invitation": False}
    assert choices(signed_in) == {}


def test_a_token_that_is_not_ours_does_nothing(client: FlaskClient, user: User):
    token = unsubscribe_token(user.id, "team_invitation")
    forged = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.split(".")[0],
        "x",
        sign("link", [user.id, "team_invitation"]),
        unsubscribe_token(999_999, "team_invitation"),
        unsubscribe_token(user.id, "nonsense"),
    ]
    for wrong in forged:
        for response in (client.get(f"/u/{wrong}"), client.post(f"/u/{wrong}", data=ONE_CLICK)):
            assert response.status_code == 404
            assert "This link does not work" in response.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(Preference)) == 0


def test_all_optional_emails_are_stopped_and_mandatory_ones_are_not(client: FlaskClient, user: User):
    for _twice in range(2):
        response = client.post(link(user), data={"action": "all"})
        assert "You will receive no more optional emails." in response.get_data(as_text=True)
    stopped = choices(user)
    assert len(stopped) >= 10 and not any(stopped.values())
    assert MANDATORY not in stopped


def test_whoever_stopped_a_type_can_resume_it(client: FlaskClient, user: User):
    client.post(link(user), data=ONE_CLICK)
    assert "Subscribe again" in client.get(link(user)).get_data(as_text=True)
    response = client.post(link(user), data={"action": "resubscribe"})
    assert "You are subscribed again" in response.get_data(as_text=True)
    assert choices(user) == {"team_invitation": True}


def test_a_mandatory_type_says_why_it_goes_on(client: FlaskClient, user: User):
    for response in (client.get(link(user, MANDATORY)), client.post(link(user, MANDATORY), data=ONE_CLICK)):
        html = response.get_data(as_text=True)
        assert response.status_code == 200
        assert "This email is always sent" in html and "Email reaches you even if" in html
    assert choices(user) == {}


def test_an_action_that_is_none_is_refused(client: FlaskClient, user: User):
    assert client.post(link(user), data={"action": "everything"}).status_code == 422
    assert choices(user) == {}


def test_the_address_of_the_page_leaks_nowhere(client: FlaskClient, user: User):
    for response in (client.get(link(user)), client.post(link(user), data=ONE_CLICK), client.get("/u/x")):
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "no-store" in response.headers["Cache-Control"]


def test_the_page_tells_whose_emails_without_the_whole_address(client: FlaskClient, user: User):
    html = client.get(link(user)).get_data(as_text=True)
    assert "j…@example.org" in html and "jeanne" not in html


def test_the_page_speaks_french(client: FlaskClient, user: User):
    html = client.get(link(user), headers={"Accept-Language": "fr"}).get_data(as_text=True)
    assert "Recevoir moins d’emails" in html and "Invitation" in html
