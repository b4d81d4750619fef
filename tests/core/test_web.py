"""What pages share: sign-in that comes back, fragments, redirects for HTMX, origin checks."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Blueprint, Flask, render_template_string
from flask.testing import FlaskClient

from hackitech.app import create_app
from hackitech.core.web import accepts_any_origin, is_fragment_request, login_required_page, see_other, toast
from tests.factories import bearer, make_user, same_origin, sign_in

HTMX = {"HX-Request": "true"}
trial = Blueprint("trial", __name__)


@trial.route("/trial/page", methods=("GET", "POST"))
@login_required_page
def page() -> str:
    return "fragment" if is_fragment_request() else "whole"


@trial.post("/trial/open")
@accepts_any_origin
def open_page() -> Any:
    toast("Saved", undo_token="u-1")
    return see_other("/trial/toasts")


@trial.get("/trial/toasts")
def toasts() -> str:
    return render_template_string("{{ locale }} {{ theme }} {{ toasts }}")


@pytest.fixture
def client(app: Flask, app_settings: dict[str, Any]) -> Iterator[FlaskClient]:
    """A client of an application that has our trial pages too, on the same database."""
    own = create_app(app_settings)
    own.register_blueprint(trial)
    with own.app_context():
        yield own.test_client()


def signed_in(client: FlaskClient) -> FlaskClient:
    with client.application.app_context():
        sign_in(client, make_user())
    return client


def test_a_stranger_signs_in_and_comes_back(client: FlaskClient) -> None:
    answer = client.get("/trial/page?view=all&q=é")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=/trial/page?view%3Dall%26q%3D%C3%A9"


def test_htmx_is_told_to_sign_in_by_a_header_and_comes_back_to_the_whole_page(client: FlaskClient) -> None:
    answer = client.get("/trial/page", headers={**HTMX, "HX-Current-URL": "http://localhost/inbox?view=all"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/login?next=/inbox?view%3Dall"


@pytest.mark.parametrize("shown", ["http://evil.example/inbox", "javascript:alert(1)", ""])
def test_a_foreign_page_is_not_where_one_comes_back_to(client: FlaskClient, shown: str) -> None:
    answer = client.get("/trial/page", headers={**HTMX, "HX-Current-URL": shown})
    assert answer.headers["HX-Redirect"] == "/login?next=/inbox"


def test_an_expired_form_comes_back_to_its_page(client: FlaskClient) -> None:
    headers = {**same_origin(client), "Referer": "http://localhost/preferences"}
    assert client.post("/trial/page", headers=headers).headers["Location"] == "/login?next=/preferences"


def test_a_bearer_token_opens_no_page(client: FlaskClient) -> None:
    with client.application.app_context():
        headers = bearer(make_user())
    assert client.get("/trial/page", headers=headers).status_code == 303


def test_a_fragment_is_only_what_htmx_asked_for(client: FlaskClient) -> None:
    signed_in(client)
    assert client.get("/trial/page").text == "whole"
    assert client.get("/trial/page", headers=HTMX).text == "fragment"
    assert client.get("/trial/page", headers={**HTMX, "HX-History-Restore-Request": "true"}).text == "whole"


def test_signed_in_pages_are_never_kept_and_vary(client: FlaskClient) -> None:
    answer = signed_in(client).get("/trial/page")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert {"HX-Request", "Cookie"} <= set(answer.vary)


def test_an_unsafe_page_request_is_checked_unless_its_view_proves_itself(client: FlaskClient) -> None:
    assert signed_in(client).post("/trial/page").status_code == 403
    assert client.post("/trial/page", headers=same_origin(client)).status_code == 200
    assert client.post("/trial/open").status_code == 303
    assert client.post("/nowhere").status_code == 404


def test_pages_count_towards_the_rate_limit(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(client.application.config, "RATE_LIMIT_READS", 2)
    signed_in(client)
    assert [client.get("/trial/page").status_code for _ in range(3)] == [200, 200, 429]


def test_a_toast_is_said_once_and_not_to_a_fragment(client: FlaskClient) -> None:
    client.post("/trial/open")
    assert "Saved" not in client.get("/trial/toasts", headers=HTMX).text
    assert "u-1" in client.get("/trial/toasts").text
    assert "Saved" not in client.get("/trial/toasts").text
