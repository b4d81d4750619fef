"""Somebody who administers, at a browser without JavaScript."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from hackitech.core.clock import now
from hackitech.core.transaction import atomic
from hackitech.models.session import Session
from hackitech.models.user import User
from tests.factories import make_user, same_origin, sign_in


class Staff:
    """An administrator or organiser who just signed in; a path is below `/admin/` unless it begins with /."""

    def __init__(self, app: Flask, role: str = "admin", **columns: Any) -> None:
        self.user: User = make_user(role, **columns)
        self.client = app.test_client()
        sign_in(self.client, self.user)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(_whole(path), headers=headers)

    def post(self, path: str, form: Any = None, **headers: str) -> TestResponse:
        """Send a form, as the page does."""
        own = {**same_origin(self.client), **headers}
        return self.client.post(_whole(path), data=form or {}, headers=own)

    def gave_password(self, minutes_ago: int) -> None:
        """Have given the password so long ago."""
        then = now() - dt.timedelta(minutes=minutes_ago)
        mine = sa.update(Session).where(Session.user_id == self.user.id)
        with atomic() as session:
            session.execute(mine.values(authenticated_at=then))


def _whole(path: str) -> str:
    return path if path.startswith("/") else f"/admin/{path}"
