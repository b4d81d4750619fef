"""/api/users/: how the platform provides its members."""

import pytest
from flask.testing import FlaskClient

from hackitech.core.database import db
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.session import Session
from hackitech.models.user import User
from tests.factories import PASSWORD, bearer, make_token, make_user, sign_in

USERS = "/api/users/"
FIELDS = ["id", "external_id", "email", "name", "locale", "timezone", "role", "active", "created_at"]

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def admin(db_session: object) -> User:
    return make_user("admin", email="boss@example.org")


@pytest.fixture
def headers(admin: User) -> dict[str, str]:
    return bearer(admin, "read", "write", "admin")


def test_a_member_is_added(client: FlaskClient, headers: dict[str, str], admin: User) -> None:
    body = {
        "email": "Ana@Example.org",
        "name": "Ana",
        "external_id": "p-1",
        "locale": "en",
        "role": "organiser",
    }
    answer = client.post(USERS, json=body, headers=headers)
    assert answer.status_code == 201
    assert list(answer.get_json()) == FIELDS
    assert answer.get_json()["email"] == "ana@example.org"
    assert (answer.get_json()["timezone"], answer.get_json()["active"]) == ("Europe/Paris", True)
    assert client.get(answer.headers["Location"], headers=headers).get_json() == answer.get_json()
    entry = db.session.query(AuditEntry).one()
    assert (entry.actor_id, entry.action, entry.object_id) == (
        admin.id,
        "user.create",
        str(answer.get_json()["id"]),
    )
    assert entry.after == {**body, "email": "ana@example.org"}


def test_a_known_external_id_updates(client: FlaskClient, headers: dict[str, str]) -> None:
    first = client.post(USERS, json={"email": "a@example.org", "external_id": "p-1"}, headers=headers)
    again = client.post(
        USERS, json={"email": "b@example.org", "name": "Bea", "external_id": "p-1"}, headers=headers
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == {**first.get_json(), "email": "b@example.org", "name": "Bea"}


def test_an_address_belongs_to_one_member(client: FlaskClient, headers: dict[str, str]) -> None:
    taken, other = make_user(), make_user(external_id="p-1")
    assert client.post(USERS, json={"email": taken.email.upper()}, headers=headers).status_code == 409
    assert (
        client.patch(f"{USERS}{other.id}/", json={"email": taken.email}, headers=headers).status_code == 409
    )
    body = {"email": taken.email, "external_id": "p-1"}
    assert client.post(USERS, json=body, headers=headers).status_code == 409
    assert (
        client.patch(f"{USERS}{taken.id}/", json={"external_id": "p-1"}, headers=headers).status_code == 409
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "nonsense"}, {"email": None}, {"email": "a@example.org", "role": "root"},
     {"email": "a@example.org", "active": "yes"}, {"email": "a@example.org", "locale": "xx"},
     {"email": "a@example.org", "external_id": ""}, {"email": "a@example.org", "password": "short"},
     {"email": "a@example.org", "password": "password1234"}, {"email": "a@example.org", "id": 7},
     {"email": "a@example.org", "password_hash": "x"}, {"email": "a@example.org", "name": "x\ud800"}],
)  # fmt: skip
def test_bad_input_is_422(client: FlaskClient, headers: dict[str, str], body: dict[str, object]) -> None:
    assert client.post(USERS, json=body, headers=headers).status_code == 422


def test_only_admins_with_the_scope_see_members(client: FlaskClient, admin: User) -> None:
    member = make_user()
    callers = (bearer(member), bearer(make_user("organiser")), bearer(admin), bearer(member, "read", "admin"))
    for caller in callers:
        assert client.get(USERS, headers=caller).status_code == 403
        assert client.post(USERS, json={"email": "a@example.org"}, headers=caller).status_code == 403
        assert client.get(f"{USERS}{member.id}/", headers=caller).status_code == 403
        assert client.patch(f"{USERS}{member.id}/", json={"role": "admin"}, headers=caller).status_code == 403
    assert client.get(USERS).status_code == 401


def test_an_unknown_member_is_404(client: FlaskClient, headers: dict[str, str]) -> None:
    for path in (f"{USERS}987654321/", f"{USERS}0/", f"{USERS}{2**63}/"):
        assert client.get(path, headers=headers).status_code == 404
        assert client.patch(path, json={"name": "Ana"}, headers=headers).status_code == 404


def test_members_are_listed_newest_first_in_pages(client: FlaskClient, headers: dict[str, str]) -> None:
    ids = [make_user().id for _ in range(5)]
    first = client.get(f"{USERS}?page_size=3", headers=headers).get_json()
    assert [user["id"] for user in first["results"]] == ids[:1:-1]
    assert list(first["results"][0]) == FIELDS
    second = client.get(first["next"], headers=headers).get_json()
    assert [user["id"] for user in second["results"]][:2] == [ids[1], ids[0]]
    assert client.get(second["previous"], headers=headers).get_json()["results"] == first["results"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email=ANA@example.org", ["Ana"]),
        ("external_id=p-2", ["Bob_"]),
        ("role=organiser", ["Bob_"]),
        ("role=member&search=AN", ["Ana"]),
        ("search=b_", ["Bob_"]),
        ("search=%25", []),
        ("search=helene", ["Hélène"]),
        ("search=OEUVRARD", ["Hélène"]),
    ],
)
def test_members_are_found(
    client: FlaskClient, headers: dict[str, str], query: str, found: list[str]
) -> None:
    make_user(name="Ana", email="ana@example.org")
    make_user("organiser", name="Bob_", email="bob@example.org", external_id="p-2")
    make_user(name="Hélène", email="h@example.org", external_id="Œuvrard")
    answer = client.get(f"{USERS}?{query}", headers=headers)
    assert [user["name"] for user in answer.get_json()["results"]] == found


@pytest.mark.parametrize(
    "query", ["cursor=x", "page_size=0", "page_size=101", "role=root", "email=x", "colour=red"]
)
def test_a_bad_query_is_422(client: FlaskClient, headers: dict[str, str], query: str) -> None:
    assert client.get(f"{USERS}?{query}", headers=headers).status_code == 422


def test_a_change_is_audited_with_before_and_after(
    client: FlaskClient, headers: dict[str, str], admin: User
) -> None:
    user = make_user(name="Ana")
    path = f"{USERS}{user.id}/"
    answer = client.patch(path, json={"name": "Bea", "locale": "en", "external_id": None}, headers=headers)
    assert (answer.status_code, answer.get_json()["name"]) == (200, "Bea")
    entry = db.session.query(AuditEntry).one()
    assert (entry.actor_id, entry.action, entry.before, entry.after) == (
        admin.id,
        "user.update",
        {"name": "Ana"},
        {"name": "Bea"},
    )


def test_a_stale_if_match_is_412(client: FlaskClient, headers: dict[str, str]) -> None:
    path = f"{USERS}{make_user().id}/"
    conditional = {**headers, "If-Match": client.get(path, headers=headers).headers["ETag"]}
    assert client.patch(path, json={"name": "Ana"}, headers=conditional).status_code == 200
    assert client.patch(path, json={"name": "Bea"}, headers=conditional).status_code == 412


def test_an_admin_may_set_a_password_which_tells_the_member(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    user = make_user()
    sign_in(client, user)
    new = "another lantern orbit 43"
    assert client.patch(f"{USERS}{user.id}/", json={"password": new}, headers=headers).status_code == 200
    assert db.session.query(Session).count() == 0
    assert (
        client.post("/api/auth/token/", json={"email": user.email, "password": PASSWORD}).status_code == 401
    )
    assert client.post("/api/auth/token/", json={"email": user.email, "password": new}).status_code == 201
    [told] = client.get("/api/notifications/notifications/", headers=bearer(user)).get_json()["results"]
    assert told["notification_type"] == "account_security_alert"
    assert new not in str([vars(entry) for entry in db.session.query(AuditEntry)])


def test_who_is_no_admin_any_more_loses_what_only_admins_make(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    former = make_user("admin")
    powerful, plain = make_token(former, ["read", "send"]), make_token(former)
    assert client.patch(f"{USERS}{former.id}/", json={"role": "member"}, headers=headers).status_code == 200
    me = "/api/auth/me/"
    assert client.get(me, headers={"Authorization": f"Bearer {powerful}"}).status_code == 401
    assert client.get(me, headers={"Authorization": f"Bearer {plain}"}).get_json()["role"] == "member"
