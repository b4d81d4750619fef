"""Somebody who administers, at a browser without JavaScript."""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from hackitech.models.user import User
from tests.factories import make_user, same_origin, sign_in


class Staff:
    """An administrator or organiser who is signed in; paths are below `/admin/`."""

    def __init__(self, app: Flask, role: str = "admin", **columns: Any) -> None:
        self.user: User = make_user(role, **columns)
        self.client = app.test_client()
        sign_in(self.client, self.user)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(f"/admin/{path}", headers=headers)

    def post(self, path: str, form: Any = None, **headers: str) -> TestResponse:
        """Send a form, as the page does."""
        own = {**same_origin(self.client), **headers}
        return self.client.post(f"/admin/{path}", data=form or {}, headers=own)
