"""A member at a browser, with and without HTMX, and how to read the pages of the inbox."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.core.transaction import atomic
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from tests.factories import make_user, same_origin, sign_in

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Reader:
    """A member who is signed in."""

    client: FlaskClient
    user: User

    def receives(self, title: Any = "A title", notification_type: str = "announcement", **fields: Any) -> int:
        """Notify this member, and return the notification's id."""
        words = {"title": title, "message": "A message"}
        with atomic():
            notify(notification_type, recipients=[self.user], **{**words, **fields})
        response = self.client.get("/api/notifications/notifications/my_notifications/?page_size=1")
        return int(response.get_json()["results"][0]["id"])

    def get(self, path: str = "/inbox", **headers: str) -> TestResponse:
        """Open a page; underscores in the names of headers stand for hyphens."""
        return self.client.get(path, headers={name.replace("_", "-"): text for name, text in headers.items()})

    def fetch(self, path: str, **headers: str) -> TestResponse:
        """Let HTMX ask for a part of a page."""
        return self.get(path, HX_Request="true", **headers)

    def press(self, path: str, htmx: Any = True, **form: Any) -> TestResponse:
        """Press a button of the list: HTMX sends the form, or else the browser does."""
        headers = same_origin(self.client) | (HTMX if htmx else {})
        return self.client.post(path, data={"view": "all", "type": "", "q": "", **form}, headers=headers)

    def press_on_page(self, path: str, **form: Any) -> TestResponse:
        """Press a button of the page of one notification."""
        return self.client.post(path, data=form, headers=same_origin(self.client))

    def sees(self, query: str = "") -> list[int]:
        """Return the ids on the first page of the inbox."""
        return rows(self.get(f"/inbox{query}"))

    def state(self, notification_id: int) -> dict[str, Any]:
        """Return a notification as the JSON API shows it."""
        response = self.client.get(f"/api/notifications/notifications/{notification_id}/")
        answer: dict[str, Any] = response.get_json()
        return answer


def make_reader(app: Flask, **columns: Any) -> Reader:
    """Store a member and sign them in."""
    client, user = app.test_client(), make_user(**columns)
    sign_in(client, user)
    return Reader(client, user)


def rows(response: TestResponse) -> list[int]:
    """Return the ids of the rows in an answer, in their order."""
    assert response.status_code == 200, response.text
    return [int(id_) for id_ in re.findall(r'<li class="row[^"]*" id="n-(\d+)"', response.text)]


def removed(response: TestResponse) -> list[int]:
    """Return the ids of the rows that an answer takes away."""
    return [int(id_) for id_ in re.findall(r'<li id="n-(\d+)" hx-swap-oob="delete">', response.text)]


def tabs(response: TestResponse) -> dict[str, int]:
    """Return the count of each tab."""
    found = re.findall(r'id="count-(\w+)"[^>]*>([\d\s,]+)<', response.text)
    return {name: int(re.sub(r"\D", "", text)) for name, text in found}


def badge(response: TestResponse) -> int:
    """Return the unread count that an answer tells the page."""
    found = re.search(r'id="mailbox-unread" value="(\d+)"', response.text)
    assert found, response.text
    return int(found[1])


def undo_token(response: TestResponse) -> str:
    """Return what the toast's button sends."""
    found = re.search(r'name="undo_token" value="(\d+)"', response.text)
    assert found, response.text
    return found[1]


def more_url(response: TestResponse) -> str | None:
    """Return where the next page is."""
    found = re.search(r'id="more"><a class="button" href="([^"]+)"', response.text)
    return found[1].replace("&amp;", "&") if found else None


def leads_to(response: TestResponse) -> tuple[str, dict[str, str]]:
    """Return the path and the query that a plain form leads to."""
    assert response.status_code == 303, response.text
    target = urlsplit(response.headers["Location"])
    return target.path, dict(parse_qsl(target.query))
