"""When a member was last here: noted once an hour, after the answer, and never at its cost."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from hackitech.accounts.tokens import digest
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.models.api_token import ApiToken
from hackitech.models.user import User
from tests.factories import bearer, make_user, sign_in
from tests.notifications.statements import watched

HOUR = dt.timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("db_session")


def visit(client: FlaskClient, path: str = "/preferences", **options: Any) -> int:
    """Ask for a page, read it to its end, and return the status."""
    with client.get(path, **options) as answer:
        return answer.status_code


def last_seen(user: User) -> dt.datetime | None:
    return db.session.scalar(sa.select(User.last_seen_at).where(User.id == user.id))


@pytest.mark.parametrize("before", [None, 2 * HOUR])
def test_a_visit_is_noted(client: FlaskClient, before: dt.timedelta | None) -> None:
    user = make_user(last_seen_at=before and now() - before)
    sign_in(client, user)
    assert visit(client) == 200
    noted = last_seen(user)
    assert noted is not None and now() - noted < HOUR / 60


def test_a_program_that_calls_for_a_member_is_a_visit_too(client: FlaskClient) -> None:
    user = make_user(last_seen_at=None)
    assert visit(client, "/api/auth/me/", headers=bearer(user)) == 200
    assert last_seen(user) is not None


def test_the_token_that_it_calls_with_is_noted_as_used_once_an_hour(client: FlaskClient) -> None:
    user = make_user(last_seen_at=now())
    used, unused = bearer(user), bearer(user)
    with watched() as statements:
        for _ in range(2):
            assert visit(client, "/api/auth/me/", headers=used) == 200
    assert len([one for one, _ in statements if "last_used_at=" in one]) == 1
    secrets = [headers["Authorization"].removeprefix("Bearer ") for headers in (used, unused)]
    tokens = sa.select(ApiToken.last_used_at)
    first, second = (db.session.scalar(tokens.filter_by(token_hash=digest(secret))) for secret in secrets)
    assert first is not None and now() - first < HOUR / 60
    assert second is None


def test_it_is_noted_once_an_hour(client: FlaskClient) -> None:
    user = make_user(last_seen_at=None)
    sign_in(client, user)
    with watched() as statements:
        visit(client)
        first = len(statements)
        visit(client)
    assert len([one for one, _ in statements if "last_seen_at=" in one]) == 1
    assert len(statements) == 2 * first - 1


def test_of_two_requests_at_once_one_notes_it(client: FlaskClient) -> None:
    user = make_user(last_seen_at=None)
    sign_in(client, user)
    first, second = client.get("/preferences"), client.get("/preferences")
    first.close()
    noted = last_seen(user)
    second.close()
    assert noted is not None and last_seen(user) == noted


def test_nobody_is_seen_who_is_not_let_in(client: FlaskClient) -> None:
    user = make_user(active=False, last_seen_at=None)
    sign_in(client, user)
    assert visit(client) == 303
    assert last_seen(user) is None


@pytest.fixture
def refused(app: Flask, db_session: object) -> Any:
    """A database in which nobody's row can be changed."""
    refuse = "the disk is full"

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "last_seen_at=" in statement:
            raise sa.exc.OperationalError(statement, {}, Exception(refuse))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield
    sa.event.remove(db.engine, "before_cursor_execute", note)


def test_where_it_cannot_be_written_the_page_is_there_all_the_same(
    client: FlaskClient, refused: None
) -> None:
    user = make_user(last_seen_at=None)
    sign_in(client, user)
    assert [visit(client), visit(client)] == [200, 200]
    assert last_seen(user) is None
