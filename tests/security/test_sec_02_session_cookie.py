"""Security 2: the session cookie is opaque, kept from scripts, and worth nothing without its row."""

import base64
from typing import Any

import pytest
from flask.testing import FlaskClient

from hackitech.accounts.tokens import digest
from hackitech.app import create_app
from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.models.session import Session
from tests.factories import PASSWORD, make_user, same_origin, sign_in

ME = "/api/auth/me/"

pytestmark = pytest.mark.usefixtures("db_session")


def set_cookies(client: FlaskClient, base_url: str = "http://localhost") -> dict[str, str]:
    """Sign in over HTTP and return the cookies that the answer sets, by name."""
    form = {"email": make_user().email, "password": PASSWORD}
    answer = client.post("/login", data=form, headers=same_origin(client, base_url), base_url=base_url)
    assert answer.status_code == 303
    return {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}


def test_sec_02_the_cookie_is_http_only_lax_and_for_the_whole_site(client: FlaskClient) -> None:
    cookie = set_cookies(client)["session"]
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie


def test_sec_02_over_tls_it_is_secure_and_bound_to_the_host(app_settings: dict[str, Any]) -> None:
    app = create_app({**app_settings, "PUBLIC_URL": "https://notifi.example"})
    cookies = set_cookies(app.test_client(), "https://notifi.example")
    assert "Secure" in cookies["__Host-session"]
    assert "HttpOnly" in cookies["__Host-session"]
    assert "session" not in cookies
    assert all(name.startswith("__Host-") for name in cookies)


def test_sec_02_it_holds_256_random_bits_of_which_the_database_keeps_a_hash(client: FlaskClient) -> None:
    secret = set_cookies(client)["session"].partition("=")[2].partition(";")[0]
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    row = db.session.query(Session).one()
    assert row.token_hash == digest(secret)
    assert secret not in str(vars(row))


def test_sec_02_after_signing_out_the_old_cookie_is_dead(client: FlaskClient) -> None:
    sign_in(client, make_user())
    cookie = client.get_cookie("session")
    assert cookie is not None
    client.post("/logout", headers=same_origin(client))
    client.set_cookie("session", cookie.value)
    assert client.get(ME).status_code == 401


def test_sec_02_flask_login_signs_nobody_in_by_itself(client: FlaskClient) -> None:
    user = make_user()
    with client.session_transaction() as session:
        session["_user_id"] = str(user.id)
        session["_fresh"] = True
    client.set_cookie("remember_token", f"{user.id}|{'0' * 128}")
    assert client.get(ME).status_code == 401
    sign_in(client, user)
    assert client.get(ME).status_code == 200


def test_sec_02_a_session_ends_with_its_time(client: FlaskClient) -> None:
    sign_in(client, make_user())
    row = db.session.query(Session).one()
    row.expires_at = after(-1)
    db.session.commit()
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize("value", ["", "x", "é", "0" * 5000, "a\x00b", "' OR 1=1 --"])
def test_sec_02_a_made_up_cookie_is_a_stranger(client: FlaskClient, value: str) -> None:
    make_user()
    assert (
        client.get(ME, headers={"Cookie": f"session={value.encode().decode('latin-1')}"}).status_code == 401
    )
