"""Reaching the mail server: encryption where it is offered, and signing in."""

from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from flask import Flask

from hackitech.channels.base import Technical, Temporary
from hackitech.channels.email import EmailChannel
from hackitech.channels.smtp_server import Server
from tests.channels.certificates import make_certificate, server_context
from tests.channels.conftest import MakeMessage
from tests.channels.smtp_server import ScriptedSmtp


def authenticator(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"notifi", b"p@ss/word"), handled=False)


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path, "localhost")


def send_one(app: Flask, url: str, make_message: MakeMessage) -> Any:
    app.config["SMTP_URL"] = url
    ((_, outcome),) = EmailChannel().send([make_message()])
    return outcome


def test_offered_encryption_is_taken_even_from_a_stranger(
    channel_app: Flask, make_message: MakeMessage, certificate: Path
):
    with ScriptedSmtp(tls_context=server_context(certificate)) as smtp:
        assert send_one(channel_app, smtp.url, make_message) is None
        assert smtp.used_tls == [True]


def test_a_password_is_not_told_to_a_stranger(
    channel_app: Flask, make_message: MakeMessage, certificate: Path
):
    with ScriptedSmtp(tls_context=server_context(certificate), authenticator=authenticator) as smtp:
        outcome = send_one(channel_app, f"smtp://notifi:secret@localhost:{smtp.port}", make_message)
    assert isinstance(outcome, Temporary) and "certificate" in str(outcome)
    assert "secret" not in str(outcome)


def test_signing_in_goes_over_checked_encryption(
    channel_app: Flask, make_message: MakeMessage, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with ScriptedSmtp(
        tls_context=server_context(certificate), authenticator=authenticator, auth_required=True
    ) as smtp:
        url = f"smtp://notifi:p%40ss%2Fword@localhost:{smtp.port}"
        assert send_one(channel_app, url, make_message) is None
        assert smtp.used_tls == [True]


def test_refused_credentials_are_our_mistake_and_are_tried_once(
    channel_app: Flask, make_message: MakeMessage
):
    with ScriptedSmtp(authenticator=authenticator, auth_require_tls=False) as smtp:
        channel_app.config["SMTP_URL"] = f"smtp://notifi:wrong@127.0.0.1:{smtp.port}"
        outcomes = [outcome for _, outcome in EmailChannel().send([make_message(n) for n in (1, 2, 3)])]
    assert all(isinstance(outcome, Technical) for outcome in outcomes)
    assert str(outcomes[0]).startswith("the mail server refuses our credentials: 535")
    assert smtp.connections == 1


def test_a_server_that_knows_no_signing_in_is_technical(channel_app: Flask, make_message: MakeMessage):
    with ScriptedSmtp() as smtp:
        outcome = send_one(channel_app, f"smtp://notifi:x@127.0.0.1:{smtp.port}", make_message)
    assert isinstance(outcome, Technical)


def test_a_server_that_wants_signing_in_and_is_not_told_who_is_technical(
    channel_app: Flask, make_message: MakeMessage
):
    with ScriptedSmtp(authenticator=authenticator, auth_require_tls=False, auth_required=True) as smtp:
        outcome = send_one(channel_app, smtp.url, make_message)
    assert isinstance(outcome, Technical) and str(outcome).startswith("530")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 25, None, "", False)),
        ("smtps://mail.example", Server("mail.example", 465, None, "", True)),
        ("smtp://me%40x.y:a%3Ab@mail.example:587", Server("mail.example", 587, "me@x.y", "a:b", False)),
        ("smtp://[::1]:2525", Server("::1", 2525, None, "", False)),
    ],
)
def test_smtp_url_is_read_whole(url: str, server: Server):
    assert Server.parse(url) == server
