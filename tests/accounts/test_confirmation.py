"""The page that asks for the password again: what was typed goes on as it was, whatever it holds."""

from html.parser import HTMLParser

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from hackitech.core.database import db
from hackitech.models.api_token import ApiToken
from tests.admin.staff import Staff
from tests.factories import PASSWORD, make_user, same_origin

FIELD = "confirmed_password"


class Form(HTMLParser):
    """The fields of the form that has the password's, as a browser reads and sends them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.action, self._textarea, self._inside = "", "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._inside = "card" in (said.get("class") or "").split()
            self.action = (said.get("action") or "") if self._inside else self.action
        elif self._inside and tag == "input":
            # A browser takes line breaks out of an input's value.
            value = (said.get("value") or "").replace("\n", "").replace("\r", "")
            self.fields.append((said.get("name") or "", value))
        elif self._inside and tag == "textarea":
            self.fields.append((said.get("name") or "", ""))
            self._textarea = "begins"

    def handle_data(self, data: str) -> None:
        if self._textarea:
            # The first line break belongs to the tag; those within are sent as CR LF.
            text = data.removeprefix("\n") if self._textarea == "begins" else data
            name, value = self.fields[-1]
            self.fields[-1] = (name, value + text.replace("\r\n", "\n").replace("\n", "\r\n"))
            self._textarea = "goes on"

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""
        self._inside = self._inside and tag != "form"

    def filled_in(self, password: str) -> "MultiDict[str, str]":
        """Return what is sent with this password."""
        return MultiDict([(name, password if name == FIELD else value) for name, value in self.fields])


@pytest.fixture
def admin(app: Flask, db_session: object) -> Staff:
    staff = Staff(app, name="Ada", email="ada@example.org")
    staff.gave_password(minutes_ago=11)
    return staff


HOSTILE = [
    '"><script>alert(1)</script>',
    "</textarea><b>",
    "a\r\nb",
    "\r\n\r\nfirst lines empty",
    " x ",
    "&amp;",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_typed_goes_on_as_it_was(admin: Staff, text: str) -> None:
    token = same_origin(admin.client)["X-CSRFToken"]
    sent = MultiDict([("name", text), ("scopes", "read"), ("scopes", "send"), ("csrf_token", token)])
    asked = admin.post("tokens/new", sent)
    form = Form(asked.text)
    kept = [(name, value) for name, value in form.fields if name not in (FIELD, "csrf_token")]
    assert form.action == "/admin/tokens/new"
    assert [name for name, _ in form.fields].count("csrf_token") == 1
    assert kept == [("name", text), ("scopes", "read"), ("scopes", "send")]
    assert "<script>alert" not in asked.text and "</textarea><b>" not in asked.text


def test_the_form_that_asks_does_what_was_asked_for(admin: Staff) -> None:
    sent = MultiDict(
        [("owner", "ada@example.org"), ("name", "CI"), ("days", "30"), ("scopes", "read"), ("scopes", "send")]
    )
    form = Form(admin.post("tokens/new", sent).text)
    wrong = admin.post(form.action, form.filled_in("wrong"))
    assert (
        wrong.status_code == 422
        and "<title>Error: " in wrong.text
        and db.session.query(ApiToken).count() == 0
    )
    form = Form(wrong.text)
    done = admin.post(form.action, form.filled_in(PASSWORD))
    assert done.status_code == 200 and "ntf_" in done.text
    assert db.session.query(ApiToken.scopes).scalar() == "read send"


def test_what_is_wrong_with_the_form_itself_is_said_after_the_password(admin: Staff) -> None:
    answer = admin.post("tokens/new", {"owner": "nobody", FIELD: PASSWORD})
    assert answer.status_code == 422 and "Write what the token is for" in answer.text
    assert FIELD not in answer.text


def test_what_is_in_the_address_stays_there(admin: Staff) -> None:
    asked = admin.post("tokens/new?from=here&to=%C3%A9", {"name": "x"})
    assert Form(asked.text).action == "/admin/tokens/new?from=here&to=%C3%A9"


def test_the_page_is_in_nobodys_cache(admin: Staff) -> None:
    asked = admin.post("tokens/new", {"name": "x"})
    assert (
        asked.headers["Cache-Control"] == "private, no-store"
        and 'autocomplete="current-password"' in asked.text
    )


def test_the_way_back_is_the_page_that_one_came_from(admin: Staff) -> None:
    for came_from, back in (
        ("http://localhost/admin/tokens/?q=x", "/admin/tokens/?q=x"),
        ("https://evil.example/", "/inbox"),
    ):
        asked = admin.post("tokens/new", {"name": "x"}, Referer=came_from)
        assert f'href="{back}">Back without changing anything</a>' in asked.text


def test_who_has_no_password_is_shown_the_way_to_one(app: Flask, db_session: object) -> None:
    staff = Staff(app, password_hash=None)
    staff.gave_password(minutes_ago=11)
    asked = staff.post(f"members/{make_user().id}/role", {"role": "organiser"})
    assert "You have no password yet." in asked.text and 'href="/reset"' in asked.text
