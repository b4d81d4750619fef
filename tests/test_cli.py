"""The commands, as somebody types them."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from hackitech.app import create_app
from hackitech.core.database import db
from hackitech.models.api_token import ApiToken
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.event import Event
from hackitech.models.user import User
from tests.factories import PASSWORD, make_user

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command against the application's database."""
    return lambda *words: app.test_cli_runner().invoke(args=[str(word) for word in words])


def signs_in(app: Flask, email: str, password: str) -> bool:
    credentials = {"email": email, "password": password}
    return app.test_client().post("/api/auth/token/", json=credentials).status_code == 201


def test_users_create_prints_the_id_alone_and_notifies_nobody(app: Flask, run: Run) -> None:
    result = run("users", "create", "Ana@Example.org", "--name", "Ana", "--password", PASSWORD, "--admin")
    assert result.exit_code == 0
    with app.app_context():
        user = db.session.query(User).one()
        assert result.stdout == f"{user.id}\n"
        assert (user.email, user.name, user.role) == ("ana@example.org", "Ana", "admin")
        assert db.session.query(Event).count() == 0
        assert db.session.query(AuditEntry).one().actor_id is None
    assert signs_in(app, "ana@example.org", PASSWORD)


def test_without_a_password_nobody_signs_in(app: Flask, run: Run) -> None:
    assert run("users", "create", "ana@example.org").exit_code == 0
    assert not signs_in(app, "ana@example.org", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "@-sign"),
        (("taken@example.org",), "Another member has this email address"),
        (("ana@example.org", "--password", "password1234"), "among the first"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(app: Flask, run: Run, words: tuple[str, ...], said: str) -> None:
    with app.app_context():
        make_user(email="taken@example.org")
    result = run("users", "create", *words)
    assert result.exit_code != 0
    assert result.stdout == ""
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_tokens_create_prints_the_token_alone(app: Flask, run: Run) -> None:
    with app.app_context():
        user = make_user()
    result = run("tokens", "create", user.email, "--name", "CI", "--scope", "read", "--scope", "send")
    assert result.exit_code == 0
    assert result.stdout.startswith("ntf_")
    assert result.stdout.count("\n") == 1
    with app.app_context():
        token = db.session.query(ApiToken).one()
        assert (token.user_id, token.name, token.scopes) == (user.id, "CI", "read send")
    headers = {"Authorization": f"Bearer {result.stdout.strip()}"}
    assert app.test_client().get("/api/auth/me/", headers=headers).get_json()["scopes"] == ["read", "send"]


def test_a_token_reads_and_writes_unless_said_otherwise(app: Flask, run: Run) -> None:
    with app.app_context():
        user = make_user()
    run("tokens", "create", user.email)
    with app.app_context():
        assert db.session.query(ApiToken).one().scopes == "read write"


def test_no_token_for_strangers_and_no_admin_token_for_members(app: Flask, run: Run) -> None:
    with app.app_context():
        user = make_user()
    assert "No member has the address" in run("tokens", "create", "nobody@example.org").stderr
    assert "Only an admin's token" in run("tokens", "create", user.email, "--scope", "admin").stderr


def test_types_sync_a_second_time_changes_nothing(run: Run) -> None:
    result = run("types", "sync")
    assert result.exit_code == 0
    assert "0 added, 0 changed, 0 retired" in result.stdout


@pytest.fixture
def empty_app(tmp_path: Path, app_settings: dict[str, Any]) -> Flask:
    """An application that nobody has set up yet."""
    return create_app(
        {
            **app_settings,
            "DATABASE_URL": f"sqlite:///{tmp_path}/new.db",
            "INSTANCE": str(tmp_path / "instance"),
        }
    )


@pytest.mark.sqlite_only
def test_setup_makes_everything_and_prints_the_accounts_alone(empty_app: Flask, tmp_path: Path) -> None:
    first = empty_app.test_cli_runner().invoke(args=["setup"])
    assert first.exit_code == 0, first.output
    accounts = json.loads(first.stdout)["accounts"]
    assert [(a["role"], a["email"]) for a in accounts] == [
        ("admin", "admin@hackitech.example"),
        ("member", "demo@hackitech.example"),
    ]
    for account in accounts:
        assert signs_in(empty_app, account["email"], account["password"])
    kept = tmp_path / "instance" / "accounts.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.sqlite_only
def test_setup_again_says_the_same_and_adds_nobody(empty_app: Flask, tmp_path: Path) -> None:
    runner = empty_app.test_cli_runner()
    first, second = runner.invoke(args=["setup"]), runner.invoke(args=["setup"])
    assert second.stdout == first.stdout
    with empty_app.app_context():
        assert db.session.query(User).count() == 2
    (tmp_path / "instance" / "accounts.json").unlink()
    assert json.loads(runner.invoke(args=["setup"]).stdout) == {"accounts": []}
