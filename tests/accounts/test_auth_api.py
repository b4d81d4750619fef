"""/api/auth/: signing in for a token, one's own profile, one's own tokens."""

import datetime as dt

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from hackitech.core.database import db
from hackitech.models.api_token import ApiToken
from hackitech.models.user import User
from tests.factories import PASSWORD, bearer, make_token, make_user, sign_in

ME = "/api/auth/me/"
TOKEN = "/api/auth/token/"
TOKENS = "/api/auth/tokens/"

pytestmark = pytest.mark.usefixtures("db_session")


def test_a_password_is_exchanged_for_a_token_that_reads_and_writes(client: FlaskClient) -> None:
    user = make_user()
    answer = client.post(TOKEN, json={"email": user.email.upper(), "password": PASSWORD, "name": "Phone"})
    assert answer.status_code == 201
    assert answer.get_json().keys() == {"token", "expires_at"}
    assert answer.get_json()["token"].startswith("ntf_")
    lives = dt.datetime.fromisoformat(answer.get_json()["expires_at"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=89) < lives <= dt.timedelta(days=90)
    me = client.get(ME, headers={"Authorization": f"Bearer {answer.get_json()['token']}"})
    assert me.get_json() == {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "locale": "en",
        "timezone": "Europe/Paris",
        "role": "member",
        "scopes": ["read", "write"],
    }


def test_wrong_credentials_and_unknown_accounts_are_answered_the_same(client: FlaskClient) -> None:
    known = client.post(TOKEN, json={"email": make_user().email, "password": "wrong password"})
    unknown = client.post(TOKEN, json={"email": "nobody@example.org", "password": PASSWORD})
    nonsense = client.post(TOKEN, json={"email": "no address", "password": PASSWORD})
    disabled = client.post(TOKEN, json={"email": make_user(active=False).email, "password": PASSWORD})
    without = client.post(TOKEN, json={"email": make_user(password_hash=None).email, "password": PASSWORD})
    assert known.status_code == 401
    assert known.mimetype == "application/problem+json"
    assert "WWW-Authenticate" in known.headers
    for answer in (unknown, nonsense, disabled, without):
        assert (answer.status_code, answer.get_json()) == (known.status_code, known.get_json())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "a@example.org"}, "password"),
        ({"email": 3, "password": "x"}, "email"),
        ({"email": "a@example.org", "password": "x" * 257}, "password"),
        ({"email": "a@example.org", "password": "x", "role": "admin"}, "role"),
    ],
)
def test_bad_input_is_422_by_field(client: FlaskClient, body: dict[str, object], field: str) -> None:
    answer = client.post(TOKEN, json=body)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]


def test_a_form_instead_of_json_is_415_and_broken_json_400(client: FlaskClient) -> None:
    assert client.post(TOKEN, data={"email": "a@example.org"}).status_code == 415
    assert client.post(TOKEN, data="{", content_type="application/json").status_code == 400


def test_a_token_revokes_itself_whatever_its_scope(client: FlaskClient) -> None:
    headers = bearer(make_user(), "read")
    assert client.delete(TOKEN, headers=headers).status_code == 204
    assert client.get(ME, headers=headers).status_code == 401
    assert client.delete(TOKEN, headers=headers).status_code == 401


def test_a_stranger_is_401_everywhere(client: FlaskClient) -> None:
    for method, path in (("GET", ME), ("PATCH", ME), ("DELETE", TOKEN), ("GET", TOKENS), ("POST", TOKENS)):
        answer = client.open(path, method=method)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_members_change_their_name_language_and_zone_and_nothing_else(client: FlaskClient) -> None:
    user = make_user()
    headers = bearer(user)
    changes = {"name": " Ana ", "locale": "fr", "timezone": "Asia/Tokyo"}
    answer = client.patch(ME, json=changes, headers=headers)
    assert answer.status_code == 200
    assert {k: answer.get_json()[k] for k in changes} == {
        "name": "Ana",
        "locale": "fr",
        "timezone": "Asia/Tokyo",
    }
    for refused in ({"role": "admin"}, {"email": "x@example.org"}, {"id": 1}, {"scopes": ["admin"]}):
        assert client.patch(ME, json=refused, headers=headers).status_code == 422


@pytest.mark.parametrize(
    "body",
    [{"name": ""}, {"name": "  "}, {"name": None}, {"name": "a\nb"}, {"name": "x" * 101}, {"locale": "de"},
     {"timezone": "Mars/Olympus"}, {"timezone": "../../etc/passwd"}, {"name": "a\x00"}, {"name": ["a"]}],
)  # fmt: skip
def test_a_profile_refuses_what_makes_no_sense(client: FlaskClient, body: dict[str, object]) -> None:
    assert client.patch(ME, json=body, headers=bearer(make_user())).status_code == 422


def test_a_read_token_cannot_write(client: FlaskClient) -> None:
    assert client.patch(ME, json={"name": "Ana"}, headers=bearer(make_user(), "read")).status_code == 403


def test_a_stale_if_match_is_412(client: FlaskClient) -> None:
    headers = bearer(make_user())
    tag = client.get(ME, headers=headers).headers["ETag"]
    assert client.patch(ME, json={"name": "Ana"}, headers={**headers, "If-Match": tag}).status_code == 200
    assert client.patch(ME, json={"name": "Bea"}, headers={**headers, "If-Match": tag}).status_code == 412


def test_a_session_has_the_scopes_of_its_role(client: FlaskClient) -> None:
    sign_in(client, make_user("admin"))
    assert client.get(ME).get_json()["scopes"] == ["read", "write", "send", "admin"]


def test_tokens_are_made_listed_and_revoked(client: FlaskClient) -> None:
    headers = bearer(make_user())
    made = client.post(TOKENS, json={"name": "CI", "scopes": ["read"], "expires_in_days": 7}, headers=headers)
    assert made.status_code == 201
    listed = client.get(TOKENS, headers=headers).get_json()["results"]
    assert [token["name"] for token in listed] == ["CI", "Test"]
    assert listed[0]["id"] == made.get_json()["id"]
    assert listed[0]["scopes"] == ["read"]
    assert listed[0]["expires_at"] == made.get_json()["expires_at"]
    assert made.get_json()["token"] not in client.get(TOKENS, headers=headers).text
    assert client.delete(f"{TOKENS}{made.get_json()['id']}/", headers=headers).status_code == 204
    assert client.delete(f"{TOKENS}{made.get_json()['id']}/", headers=headers).status_code == 404
    assert len(client.get(TOKENS, headers=headers).get_json()["results"]) == 1


def test_tokens_come_in_pages(client: FlaskClient) -> None:
    user = make_user()
    headers = bearer(user)
    for number in range(4):
        make_token(user, name=f"Token {number}")
    first = client.get(f"{TOKENS}?page_size=3", headers=headers).get_json()
    assert [t["name"] for t in first["results"]] == ["Token 3", "Token 2", "Token 1"]
    second = client.get(first["next"], headers=headers).get_json()
    assert [t["name"] for t in second["results"]] == ["Token 0", "Test"]
    assert second["next"] is None


def test_someone_elses_token_is_unknown(client: FlaskClient) -> None:
    theirs = client.post(TOKENS, json={"name": "Theirs"}, headers=bearer(make_user()))
    for headers in (bearer(make_user()), bearer(make_user("admin"), "read", "write", "send", "admin")):
        foreign = client.delete(f"{TOKENS}{theirs.get_json()['id']}/", headers=headers)
        unknown = client.delete(f"{TOKENS}987654321/", headers=headers)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.get_json() == unknown.get_json()


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["root"]}, {"name": "x", "scopes": "read"},
     {"name": "x", "expires_in_days": 366}, {"name": "x", "expires_in_days": 0},
     {"name": "x", "token": "ntf_x"}],
)  # fmt: skip
def test_a_token_refuses_what_makes_no_sense(client: FlaskClient, body: dict[str, object]) -> None:
    assert client.post(TOKENS, json=body, headers=bearer(make_user())).status_code == 422


def test_signing_in_renews_a_hash_of_old_parameters(client: FlaskClient) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    user = make_user(password_hash=old)
    assert client.post(TOKEN, json={"email": user.email, "password": PASSWORD}).status_code == 201
    renewed = db.session.get_one(User, user.id).password_hash
    assert renewed is not None
    assert renewed != old
    assert client.post(TOKEN, json={"email": user.email, "password": PASSWORD}).status_code == 201


def test_the_database_knows_no_token(client: FlaskClient) -> None:
    secret = make_token(make_user())
    for row in db.session.query(ApiToken):
        assert secret not in str(vars(row))
