"""Security 17: API tokens are long, hashed, scoped, short-lived, and dead the moment they are revoked."""

import base64
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hackitech.accounts.tokens import digest
from hackitech.app import create_app
from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.models.api_token import ApiToken
from tests.factories import bearer, make_token, make_user, same_origin, sign_in

ME = "/api/auth/me/"
TOKENS = "/api/auth/tokens/"

pytestmark = pytest.mark.usefixtures("db_session")


def test_sec_17_a_token_is_32_random_bytes_of_which_a_hash_is_stored(client: FlaskClient) -> None:
    made = client.post(TOKENS, json={"name": "CI"}, headers=bearer(make_user())).get_json()
    prefix, _, random = made["token"].partition("_")
    assert prefix == "ntf"
    assert len(base64.urlsafe_b64decode(random + "=")) == 32
    assert db.session.get_one(ApiToken, made["id"]).token_hash == digest(made["token"])


def test_sec_17_it_lives_90_days_and_a_year_at_most(client: FlaskClient) -> None:
    headers = bearer(make_user())

    def days(body: dict[str, Any]) -> int:
        ends = client.post(TOKENS, json={"name": "CI", **body}, headers=headers).get_json()["expires_at"]
        return round((dt.datetime.fromisoformat(ends) - dt.datetime.now(dt.UTC)) / dt.timedelta(days=1))

    assert days({}) == 90
    assert days({"expires_in_days": 365}) == 365
    refused = client.post(TOKENS, json={"name": "CI", "expires_in_days": 366}, headers=headers)
    assert refused.status_code == 422


def test_sec_17_an_expired_or_revoked_one_is_a_stranger(client: FlaskClient) -> None:
    user = make_user()
    for token in (make_token(user, expires_at=after(-1)), make_token(user, revoked_at=after(-1))):
        answer = client.get(ME, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_sec_17_revoking_works_in_every_process(app_settings: dict[str, Any], app: Flask) -> None:
    here, elsewhere = app.test_client(), create_app(app_settings).test_client()
    headers = bearer(make_user())
    assert elsewhere.get(ME, headers=headers).status_code == 200
    assert here.delete("/api/auth/token/", headers=headers).status_code == 204
    assert elsewhere.get(ME, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("held", "reading", "writing"),
    [(("read",), 200, 403), (("write",), 403, 200), (("read", "write"), 200, 200), (("send",), 403, 403)],
)
def test_sec_17_a_token_does_what_its_scopes_say(
    client: FlaskClient, held: tuple[str, ...], reading: int, writing: int
) -> None:
    headers = bearer(make_user("admin"), *held)
    assert client.get(ME, headers=headers).status_code == reading
    assert client.patch(ME, json={"name": "Ana"}, headers=headers).status_code == writing


def test_sec_17_nobody_gives_more_than_they_have(make_client: Callable[[], FlaskClient]) -> None:
    admin, member, organiser = make_user("admin"), make_user(), make_user("organiser")
    may_not = [
        bearer(admin),
        bearer(member),
        bearer(organiser),
        bearer(member, "read", "write", "send"),
        bearer(member, "read", "write", "send", "admin"),
    ]
    for headers in may_not:
        for scope in ("send", "admin"):
            refused = make_client().post(TOKENS, json={"name": "x", "scopes": [scope]}, headers=headers)
            assert refused.status_code == 422
    everything = {"name": "x", "scopes": ["read", "write", "send", "admin"]}
    whole = bearer(admin, "read", "write", "send", "admin")
    assert make_client().post(TOKENS, json=everything, headers=whole).status_code == 201
    browser = make_client()
    sign_in(browser, admin)
    assert browser.post(TOKENS, json=everything, headers=same_origin(browser)).status_code == 201


def test_sec_17_the_scope_admin_is_void_in_the_hands_of_others(client: FlaskClient) -> None:
    headers = bearer(make_user(), "read", "admin")
    assert client.get(ME, headers=headers).get_json()["scopes"] == ["read"]
    assert client.get("/api/users/", headers=headers).status_code == 403
