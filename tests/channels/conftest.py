"""An application with nothing but settings and languages, and real servers to send to."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

import config
from hackitech.channels.base import Message, Outcome
from hackitech.channels.push import PushChannel
from hackitech.core.i18n import init_i18n
from tests.channels.push_server import Browser, PushServer
from tests.channels.smtp_server import ScriptedSmtp

KEY = "0123456789-abcdefghijklmnopqrstuvwxyz-0123456789"
SETTINGS = {
    "ENVIRONMENT": "test",
    "SECRET_KEY": KEY,
    "PUBLIC_URL": "https://notifi.hackitech.example",
    "MAIL_FROM": "Hackitech <notifications@hackitech.example>",
    "SMTP_CONNECT_TIMEOUT": "1s",
    "SMTP_COMMAND_TIMEOUT": "1s",
    "SMTP_DATA_TIMEOUT": "1s",
    "HTTP_CONNECT_TIMEOUT": "1s",
    "HTTP_READ_TIMEOUT": "1s",
    "CIRCUIT_OPEN_FOR": "200ms",
}

MakeMessage = Callable[..., Message]


@pytest.fixture
def channel_app(tmp_path: Path) -> Iterator[Flask]:
    """Push the context of an application that has settings, templates and languages."""
    app = Flask("hackitech")
    app.config.update(config.load(SETTINGS, tmp_path))
    init_i18n(app)
    with app.app_context():
        yield app


@pytest.fixture
def make_message() -> MakeMessage:
    """Return a maker of messages: number them, and say what is special about them."""

    def make(number: int = 1, **special: Any) -> Message:
        usual: dict[str, Any] = {
            "delivery_id": number,
            "dedupe_id": f"{number}-0",
            "notification_id": number,
            "notification_type": "team_invitation",
            "recipient_id": number,
            "target": 0,
            "recipient_name": f"Member {number}",
            "address": SimpleNamespace(email=f"member{number}@example.org"),
            "locale": "en",
            "timezone": "Europe/Paris",
            "title": f"Title {number}",
            "message": "Ana invites you.\n\nSee you there.",
            "wording": {},
            "action_url": "/teams/12",
            "action_label": None,
            "priority": "normal",
            "category": "teams",
            "mandatory": False,
            "sign_action": False,
            "created_at": dt.datetime.now(dt.UTC),
            "expires_at": None,
        }
        return Message(**usual | special)

    return make


@pytest.fixture(params=["one command at a time", "pipelining"])
def smtp(request: pytest.FixtureRequest, channel_app: Flask) -> Iterator[ScriptedSmtp]:
    """Start a mail server, to which the application sends."""
    with ScriptedSmtp() as server:
        server.pipelining = request.param == "pipelining"
        channel_app.config["SMTP_URL"] = server.url
        yield server


@pytest.fixture
def push_server(channel_app: Flask) -> Iterator[PushServer]:
    """Start a push service, whose address the application allows."""
    with PushServer() as server:
        channel_app.config["PUSH_HOSTS"] = [server.host]
        yield server


@pytest.fixture
def browser() -> Browser:
    """Return a browser that can decrypt what is pushed to it."""
    return Browser()


def device(browser: Browser, url: str) -> SimpleNamespace:
    """Return the address of a browser that subscribed at `url`."""
    return SimpleNamespace(kind="webpush", address=url, p256dh=browser.p256dh, auth=browser.auth)


def push(*messages: Message) -> list[Outcome]:
    """Send pushes, and return what became of each."""
    return [outcome for _, outcome in PushChannel().send(list(messages))]
