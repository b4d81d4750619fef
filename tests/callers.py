"""Those who call the API in tests: a member, another one, an organiser, an admin and a stranger."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.core.transaction import atomic
from tests.factories import bearer, make_user

ROOT = "/api/notifications/"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who sends JSON to paths under `ROOT`; the stranger has the id 0."""

    client: FlaskClient
    headers: dict[str, str]
    id: int = 0

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, headers=headers)

    def post(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self.send("POST", path, json=json, headers=headers)

    def put(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self.send("PUT", path, json=json, headers=headers)

    def patch(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self.send("PATCH", path, json=json, headers=headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self.send("DELETE", path, headers=headers)

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request; underscores in the names of headers stand for hyphens."""
        headers = {name.replace("_", "-"): value for name, value in options.pop("headers", {}).items()}
        if options.get("json", ...) is None:
            del options["json"]
        url = path if path.startswith(("/", "http")) else ROOT + path
        return self.client.open(url, method=method, headers={**self.headers, **headers}, **options)


@dataclass(frozen=True, slots=True)
class People:
    """One of each."""

    member: Caller
    other: Caller
    organiser: Caller
    admin: Caller
    stranger: Caller


def make_caller(app: Flask, role: str = "member", scopes: tuple[str, ...] = (), **columns: Any) -> Caller:
    """Store a member and return them as a caller with a token."""
    user = make_user(role, **columns)
    return Caller(app.test_client(), bearer(user, *scopes), user.id)


def make_people(app: Flask) -> People:
    """Store one of each, and return them as callers."""
    with atomic():  # one commit instead of eight: most tests begin here
        return People(
            member=make_caller(app),
            other=make_caller(app),
            organiser=make_caller(app, "organiser"),
            admin=make_caller(app, "admin", ("read", "write", "send", "admin")),
            stranger=Caller(app.test_client(), {}),
        )


def errors_of(response: TestResponse) -> dict[str, list[str]]:
    """Return the errors by field of a 422."""
    assert response.status_code == 422, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    errors: dict[str, list[str]] = response.get_json()["errors"]
    return errors
