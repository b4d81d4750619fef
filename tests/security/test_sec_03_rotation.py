"""Security 3: a new secret at each change of rights; who is disabled is out at once, streams included."""

import json
from collections.abc import Callable

import pytest
import redis
from flask.testing import FlaskClient

from hackitech.core.database import db
from hackitech.core.publish import STREAM
from hackitech.models.session import Session
from tests.factories import PASSWORD, bearer, make_user, same_origin, sign_in

ME = "/api/auth/me/"

pytestmark = pytest.mark.usefixtures("db_session")


def secret_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie is not None
    return cookie.value


def test_sec_03_signing_in_again_replaces_the_session(client: FlaskClient) -> None:
    user = make_user()
    sign_in(client, user)
    before = secret_of(client)
    form = {"email": user.email, "password": PASSWORD}
    assert client.post("/login", data=form, headers=same_origin(client)).status_code == 303
    assert secret_of(client) != before
    assert db.session.query(Session).count() == 1


def test_sec_03_a_session_planted_before_signing_in_is_not_taken_over(client: FlaskClient) -> None:
    user = make_user()
    client.set_cookie("session", "planted-by-somebody-else")
    form = {"email": user.email, "password": PASSWORD}
    assert client.post("/login", data=form, headers=same_origin(client)).status_code == 303
    assert secret_of(client) != "planted-by-somebody-else"


def test_sec_03_the_csrf_token_changes_too(client: FlaskClient) -> None:
    headers = same_origin(client)
    form = {"email": make_user().email, "password": PASSWORD}
    client.post("/login", data=form, headers=headers)
    assert client.patch(ME, json={"name": "x"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "change", [{"role": "organiser"}, {"active": False}, {"password": "another lantern orbit 43"}]
)
def test_sec_03_a_change_of_rights_ends_all_sessions(
    make_client: Callable[[], FlaskClient], change: dict[str, object], redis_url: str
) -> None:
    user, admin = make_user(), bearer(make_user("admin"), "read", "write", "admin")
    browsers = [make_client(), make_client()]
    for browser in browsers:
        sign_in(browser, user)
        assert browser.get(ME).status_code == 200
    heard = redis.Redis.from_url(redis_url).pubsub()
    heard.subscribe(STREAM)
    heard.get_message(timeout=1)
    assert make_client().patch(f"/api/users/{user.id}/", json=change, headers=admin).status_code == 200
    assert [browser.get(ME).status_code for browser in browsers] == [401, 401]
    message = heard.get_message(ignore_subscribe_messages=True, timeout=1)
    heard.close()
    assert message is not None
    assert {"kind": "recheck", "users": [user.id]} == json.loads(message["data"])


def test_sec_03_who_is_disabled_is_out_at_once_with_tokens_too(client: FlaskClient) -> None:
    user, admin = make_user(), bearer(make_user("admin"), "read", "write", "admin")
    token = bearer(user)
    assert client.get(ME, headers=token).status_code == 200
    client.patch(f"/api/users/{user.id}/", json={"active": False}, headers=admin)
    assert client.get(ME, headers=token).status_code == 401
