"""Who is calling costs one statement, and is a 503 rather than a bug while the database is away."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from hackitech.accounts import queries
from hackitech.accounts.tokens import digest
from hackitech.app import create_app
from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.user import User
from tests.factories import make_token, make_user, sign_in


@pytest.fixture
def statements(db_session: object) -> Iterator[list[str]]:
    """The statements that are run from here on."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", note)


def test_a_token_is_looked_up_in_one_statement(statements: list[str]) -> None:
    token = make_token(make_user())
    statements.clear()
    assert queries.principal_by_token(digest(token), now()) is not None
    assert len(statements) == 1


def test_a_session_is_looked_up_in_one_statement(client: FlaskClient, statements: list[str]) -> None:
    sign_in(client, make_user())
    cookie = client.get_cookie("session")
    assert cookie is not None
    statements.clear()
    assert queries.principal_by_session(digest(cookie.value), now()) is not None
    assert len(statements) == 1


def test_a_file_that_is_the_same_for_everybody_asks_nobody(
    client: FlaskClient, statements: list[str]
) -> None:
    sign_in(client, make_user())
    statements.clear()
    client.get("/static/favicon.svg")
    assert statements == []


@pytest.mark.usefixtures("db_session")
def test_an_open_stream_learns_that_its_token_or_member_is_gone() -> None:
    user = make_user(locale="fr")
    make_token(user)
    token_id = db.session.query(ApiToken).one().id
    assert queries.standing_tokens([token_id], now()) == {token_id: "fr"}
    assert queries.standing_tokens([token_id], after(3700)) == {}
    with atomic() as session:
        session.execute(sa.update(User).values(active=False))
    assert queries.standing_tokens([token_id], now()) == {}
    with atomic() as session:
        session.execute(sa.update(User).values(active=True))
        session.execute(sa.update(ApiToken).values(revoked_at=now()))
    assert queries.standing_tokens([token_id], now()) == {}


@pytest.fixture
def cut_off(app_settings: dict[str, Any]) -> Flask:
    """An application whose database is away."""
    url = "postgresql+psycopg://postgres@127.0.0.1:1/x"
    return create_app({**app_settings, "DATABASE_URL": url})


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/api/auth/me/", "/api/nowhere/"])
def test_while_the_database_is_away_a_signed_in_request_is_503(cut_off: Flask, path: str) -> None:
    client = cut_off.test_client()
    client.set_cookie("session", "secret")
    answer = client.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_while_the_database_is_away_files_and_the_login_page_are_there(cut_off: Flask) -> None:
    client = cut_off.test_client()
    assert client.get("/login").status_code == 200
    client.set_cookie("session", "secret")
    assert client.get("/static/favicon.svg").status_code == 200
