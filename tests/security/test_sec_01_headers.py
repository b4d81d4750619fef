"""Security 1: every response tells browsers to run, frame, sniff and keep nothing that is not ours."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.app import create_app
from hackitech.core.assets import asset_url
from hackitech.core.security import framing_preview, preview_response
from tests.factories import make_user, sign_in

# They visit everything there is: once, on the database that forgives less.
pytestmark = pytest.mark.postgres_only

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)
NO_REFERRER = "/u/"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}


def check(response: TestResponse, path: str) -> None:
    """Check what every response must carry, once each."""
    headers = response.headers
    referrer = "no-referrer" if path.startswith(NO_REFERRER) and response.status_code < 400 else "same-origin"
    for name, value in (
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ):
        assert headers.getlist(name) == [value], (path, name)
    assert headers["Referrer-Policy"] in (referrer, "no-referrer"), path
    assert "Server" not in headers and "X-Powered-By" not in headers
    assert headers.get("Access-Control-Allow-Origin") is None, path


def requests_of(app: Flask) -> dict[str, set[str]]:
    """Return every path, something in place of its parameters, and the methods that it takes, plus one."""
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<id:\w+>", "1", re.sub(r"<(?!id:)[^>]+>", "x", rule.rule))
        methods.setdefault(path, set()).update(rule.methods or ())
    return {path: taken | {min(METHODS - taken)} for path, taken in methods.items()}


@pytest.fixture(params=["stranger", "member", "admin"])
def visitor(request: pytest.FixtureRequest, app: Flask, db_session: object) -> FlaskClient:
    client = app.test_client()
    if request.param != "stranger":
        sign_in(client, make_user(request.param))
    return client


def test_every_response_carries_them_whatever_is_asked(app: Flask, visitor: FlaskClient):
    known = {path: methods for path, methods in requests_of(app).items() if "/stream/" not in path}
    assert len(known) > 50
    for path, methods in known.items():
        for method in sorted(methods):
            check(visitor.open(path, method=method), path)


def test_errors_and_redirects_carry_them_too(
    app: Flask, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    for path in (
        "/nowhere",
        "/api/nowhere",
        "/static/nowhere.js",
        "/api/notifications/types",
        "/%00",
        "/u/x",
    ):
        check(visitor.get(path), path)
    big = visitor.post("/api/auth/token/", data="x" * 300_000, content_type="application/json")
    assert big.status_code == 413
    check(big, "/api/auth/token/")

    def fail(**_values: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setitem(app.view_functions, "notifications.unread_count", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    broken = visitor.get("/api/notifications/notifications/unread_count/")
    assert broken.status_code == 500 and b"a bug" not in broken.data
    check(broken, "/api/")


def test_over_tls_browsers_are_told_to_stay_there(app_settings: dict[str, Any], app: Flask):
    assert "Strict-Transport-Security" not in app.test_client().get("/login").headers
    over_tls = create_app({**app_settings, "PUBLIC_URL": "https://notifi.example.org"}).test_client()
    for path in ("/login", "/api/docs", "/api/auth/me/", "/nowhere"):
        assert "max-age=" in over_tls.get(path).headers["Strict-Transport-Security"], path


def test_signed_in_pages_are_not_kept_and_answers_of_the_api_are_asked_for_again(visitor: FlaskClient):
    for path in ("/inbox", "/inbox/counts", "/preferences", "/login"):
        assert "no-store" in visitor.get(path).headers["Cache-Control"], path
    for path in ("notifications/", "notifications/unread_count/", "types/", "preferences/my_preferences/"):
        response = visitor.get(f"/api/notifications/{path}")
        assert response.headers["Cache-Control"] == "private, no-cache", path


def test_static_files_are_kept_for_ever_under_their_hashed_names_only(app: Flask):
    client = app.test_client()
    with app.test_request_context():
        addresses = [asset_url("app.js"), asset_url("app.css"), asset_url("sprite.svg")]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        assert "immutable" in response.headers["Cache-Control"], address
    for address in ("/static/nowhere.js?v=1", "/static/nowhere.js", "/assets/nowhere.js?v=1"):
        response = client.get(address)
        assert response.status_code == 404
        assert "immutable" not in response.headers.get("Cache-Control", ""), address


def test_a_page_that_a_link_opens_sends_no_referrer(app: Flask):
    response = app.test_client().get("/u/nonsense")
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_only_pages_with_a_preview_may_frame_and_only_what_is_ours(app: Flask):
    with app.test_request_context("/admin/"):
        headers = app.process_response(framing_preview("<iframe></iframe>")).headers
    assert headers.getlist("Content-Security-Policy") == [f"{POLICY}; frame-src 'self'"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_preview_runs_nothing_and_is_framed_by_nobody_else(app: Flask):
    with app.test_request_context("/admin/"):
        response = app.process_response(preview_response("<p>Hello</p>"))
    (policy,) = response.headers.getlist("Content-Security-Policy")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'self'"} <= set(policy.split("; "))
    assert "script" not in policy and "allow-" not in policy
    assert response.mimetype == "text/html" and "no-store" in response.headers["Cache-Control"]
