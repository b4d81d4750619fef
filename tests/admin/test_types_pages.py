"""The pages of types: the list, defaults, new types without code, retiring."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.models.user import User
from tests.factories import make_user, same_origin, sign_in

pytestmark = pytest.mark.usefixtures("db_session", "own_types")
Post = Callable[..., TestResponse]


@pytest.fixture
def admin(client: FlaskClient) -> User:
    user = make_user("admin", name="Ana")
    sign_in(client, user)
    return user


@pytest.fixture
def post(client: FlaskClient, admin: User) -> Iterator[Post]:
    """Send a form as a page of the admin does."""

    def send(path: str, form: dict[str, str] | None = None) -> TestResponse:
        return client.post(path, data=form or {}, headers=same_origin(client))

    yield send


def test_all_pages_open(client: FlaskClient, admin: User):
    for path in ("/admin/types/", "/admin/types/team_invitation/", "/admin/types/new",
                 "/admin/types/team_invitation/wording/fr", "/admin/types/team_invitation/wording/en",
                 "/admin/types/team_invitation/wording/fr/email",
                 "/admin/types/team_invitation/wording/fr/diff?from=1&to=1"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
