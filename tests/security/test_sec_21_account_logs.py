"""Security 21, for accounts: whatever fails, logs hold neither passwords nor tokens nor whole addresses."""

import io

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from hackitech.core import problems
from hackitech.core.logs import redact
from tests.factories import PASSWORD, make_token, make_user, same_origin

pytestmark = pytest.mark.usefixtures("db_session")


def test_sec_21_a_failure_while_signing_in_logs_no_secret(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(email="ana.secretive@example.org")
    token = make_token(user)
    output = io.StringIO()
    monkeypatch.setattr(problems, "log", structlog.wrap_logger(structlog.PrintLogger(output)))
    monkeypatch.delitem(app.extensions, "hashing")  # a bug, so that a traceback is logged
    body = {"email": user.email, "password": PASSWORD}
    answer = client.post("/api/auth/token/", json=body, headers={"X-Trace": token})
    assert answer.status_code == 500
    client.post("/login", data=body, headers=same_origin(client))
    logged = output.getvalue()
    assert "unhandled_error" in logged
    for secret in (PASSWORD, token, user.email, "secretive"):
        assert secret not in logged
        assert secret not in answer.text


@pytest.mark.parametrize(
    "line",
    [
        "Bearer ntf_abcDEF-123_x",
        "token=ntf_abcDEF-123_x",
        "GET /reset/7?signature=ntf_abcDEF-123_x",
        "password='ntf_abcDEF-123_x'",
    ],
)
def test_sec_21_tokens_and_signatures_are_cut_out(line: str) -> None:
    assert "abcDEF" not in redact(line)
