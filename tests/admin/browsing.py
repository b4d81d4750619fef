"""Somebody at the admin pages, in a browser without JavaScript."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.core.clock import now
from hackitech.core.transaction import atomic
from hackitech.models.session import Session
from hackitech.models.user import User
from tests.factories import make_user, same_origin, sign_in


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser in which a member is signed in, who has just given the password."""

    client: FlaskClient
    user: User

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, form: Any = None) -> TestResponse:
        """Send a form as a page of ours does."""
        return self.client.post(path, data=form or {}, headers=same_origin(self.client))

    def forget_password(self, minutes: int = 11) -> None:
        """Have given the password so long ago."""
        with atomic() as session:
            then = now() - dt.timedelta(minutes=minutes)
            mine = sa.update(Session).where(Session.user_id == self.user.id)
            session.execute(mine.values(authenticated_at=then))


def browser_of(client: FlaskClient, role: str = "admin", **columns: Any) -> Browser:
    """Store somebody of this role, and sign them in."""
    user = make_user(role, **columns)
    sign_in(client, user)
    return Browser(client, user)
