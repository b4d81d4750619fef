"""The pages of API tokens: everybody's, never a secret but a new one's, once."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.models.api_token import ApiToken
from hackitech.models.audit_entry import AuditEntry
from tests.admin.staff import Staff
from tests.factories import make_token, make_user

NEW = {"owner": "ada@example.org", "name": "Robot", "scopes": ["read", "send"], "days": "30"}
ME = "/api/auth/me/"


def audited() -> list[tuple[Any, ...]]:
    return [(one.action, one.before, one.after) for one in db.session.query(AuditEntry)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Fresh", "Mighty"}),
        ("state=expired", {"Old"}),
        ("state=revoked", {"Gone"}),
        ("state=all", {"Fresh", "Mighty", "Old", "Gone"}),
        ("scope=send", {"Mighty"}),
        ("q=FRE", {"Fresh"}),
        ("q=bea", {"Mighty"}),
        ("scope=king&state=odd", {"Fresh", "Mighty"}),
        ("q=nothing", set()),
    ],
)
def test_tokens_are_found(admin: Staff, query: str, found: set[str]) -> None:
    ann, bea = make_user(), make_user("admin", name="Bea")
    secrets = [
        make_token(ann, name="Fresh"),
        make_token(ann, name="Old", expires_at=now()),
        make_token(ann, name="Gone", revoked_at=now()),
        make_token(bea, ["read", "send"], name="Mighty"),
    ]
    html = admin.get(f"tokens/?{query}").text
    assert {name for name in ("Fresh", "Old", "Gone", "Mighty") if f">{name}</th>" in html} == found
    assert not any(secret in html for secret in secrets) and "ntf_" not in html


def test_a_token_is_made_for_anybody_and_shown_once(admin: Staff, client: FlaskClient) -> None:
    ann = make_user(email="ann@example.org")
    answer = admin.post("tokens/new", {**NEW, "owner": "Ann@example.org "})
    found = re.search(r'id="new-token" value="(ntf_[^"]+)"', answer.text)
    assert answer.status_code == 200 and found and answer.headers["Cache-Control"] == "private, no-store"
    me = client.get(ME, headers={"Authorization": f"Bearer {found[1]}"}).get_json()
    assert (me["id"], me["scopes"]) == (ann.id, ["read", "send"])
    assert "ntf_" not in admin.get("tokens/").text
    [(action, before, after_)] = audited()
    assert (action, before) == ("token.create", None)
    assert (after_["user"], after_["name"], after_["scopes"]) == (ann.id, "Robot", "read send")
    assert found[1] not in str(audited())


def test_a_token_that_only_reads_is_audited_where_it_is_for_somebody_else(admin: Staff) -> None:
    ann = make_user()
    assert admin.post("tokens/new", {**NEW, "owner": str(ann.id), "scopes": ["read"]}).status_code == 200
    assert [action for action, *_ in audited()] == ["token.create"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("owner", "nobody@example.org", "email address or the number of a member"),
        ("owner", "99999999999999999999", "email address or the number of a member"),
        ("owner", "\x00", "email address or the number of a member"),
        ("name", "", "Write what the token is for"),
        ("scopes", [], "Choose what the token may do."),
        ("scopes", ["king"], "Choose what the token may do."),
        ("days", "366", "Choose how long the token works."),
    ],
)
def test_what_is_wrong_is_said_beside_it(admin: Staff, field: str, value: Any, words: str) -> None:
    answer = admin.post("tokens/new", {**NEW, field: value})
    assert answer.status_code == 422 and words in answer.text and f'id="{field}-error"' in answer.text
    assert db.session.query(ApiToken).count() == 0


def test_only_an_admins_token_may_do_everything(admin: Staff) -> None:
    form = {**NEW, "owner": make_user().email, "scopes": ["admin"]}
    answer = admin.post("tokens/new", form)
    assert answer.status_code == 422 and "Only an administrator&#39;s token" in answer.text
    assert admin.post("tokens/new", {**form, "owner": "ada@example.org"}).status_code == 200


def test_anybodys_token_is_revoked(admin: Staff, client: FlaskClient) -> None:
    secret = make_token(ann := make_user())
    token = db.session.query(ApiToken).one()
    answer = admin.post(f"tokens/{token.id}/revoke", {"next": "//evil.example"})
    assert answer.headers["Location"] == "/admin/tokens/"
    assert client.get(ME, headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    before = {"user": ann.id, "name": "Test", "scopes": "read write"}
    assert audited() == [("token.revoke", before, None)]
    assert "The token is revoked." in admin.get("tokens/").text
    assert admin.post(f"tokens/{token.id}/revoke").status_code == 404


def test_one_that_ran_out_is_shown_as_such(admin: Staff) -> None:
    make_token(make_user(), name="Long", expires_at=after(-5))
    html = admin.get("tokens/?state=all").text
    assert "Expired" in html and "Revoke this token" not in html
