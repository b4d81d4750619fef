"""Webhooks to a real receiver on this machine, which checks signatures with the standard's own library."""

import base64
import datetime as dt
import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from standardwebhooks import WebhookVerificationError

from config import ROOT
from hackitech.channels.base import Item, Message, Outcome, Permanent, Technical, Temporary
from hackitech.channels.circuit import CircuitOpen
from hackitech.channels.http_post import _tls
from hackitech.channels.webhook import WebhookChannel, check_url, content, new_secret
from hackitech.core import clock
from tests.channels.certificates import make_certificate, server_context
from tests.channels.conftest import MakeMessage
from tests.channels.receiver import Receiver
from tests.channels.scripted_server import Script

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def receiver(channel_app: Flask) -> Iterator[Receiver]:
    """Start a receiver, whose address the application allows."""
    with Receiver() as server:
        channel_app.config["WEBHOOK_HOSTS"] = [server.host]
        yield server


def call(*messages: Message) -> list[Outcome]:
    """Send, and return what became of each."""
    return [outcome for _, outcome in WebhookChannel().send(list(messages))]


def test_a_receiver_learns_what_the_api_would_tell(receiver: Receiver, make_message: MakeMessage):
    message = make_message(
        3,
        title="Équipe",
        message="Ana t’invite.",
        address=receiver.address(),
        data={"team": 12},
        priority="high",
        created_at=NOON,
        expires_at=NOON + dt.timedelta(hours=1),
    )
    assert call(message) == [None]
    (request,) = receiver.pushes
    assert (request.path, request.headers["Content-Type"]) == ("/hook", "application/json")
    assert receiver.read(request) == {
        "type": "notification.created",
        "timestamp": "2026-11-20T12:00:00Z",
        "data": {
            "notification": {
                "id": 3,
                "recipient": 3,
                "notification_type": "team_invitation",
                "title": "Équipe",
                "message": "Ana t’invite.",
                "action_url": "https://notifi.hackitech.example/teams/12",
                "data": {"team": 12},
                "priority": "high",
                "expires_at": "2026-11-20T13:00:00Z",
                "created_at": "2026-11-20T12:00:00Z",
            }
        },
    }


def test_the_documented_message_is_like_a_real_one(channel_app: Flask, make_message: MakeMessage):
    [shown] = re.findall(r"```json\n(.+?)```", (ROOT / "docs" / "webhooks.md").read_text(), re.DOTALL)
    example, real = json.loads(shown), content(make_message())
    assert list(example) == list(real)
    assert list(example["data"]["notification"]) == list(real["data"]["notification"])


def test_only_the_owner_of_the_secret_believes_it(receiver: Receiver, make_message: MakeMessage):
    call(make_message(address=receiver.address()))
    (request,) = receiver.pushes
    receiver.read(request)
    for header in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        with pytest.raises(WebhookVerificationError):
            receiver.read(replace(request, headers={**request.headers, header: "v1,AAAA"}))
    with pytest.raises(WebhookVerificationError):
        receiver.read(replace(request, body=request.body.replace(b"Ana", b"Bob")))
    receiver.secret = new_secret()
    with pytest.raises(WebhookVerificationError):
        receiver.read(request)


def test_what_somebody_recorded_is_not_believed_later(receiver: Receiver, make_message: MakeMessage):
    call(make_message(address=receiver.address()))
    with time_machine.travel(clock.after(600)), pytest.raises(WebhookVerificationError):
        receiver.read(receiver.pushes[0])


def test_every_attempt_has_the_same_id_and_its_own_time(receiver: Receiver, make_message: MakeMessage):
    message = make_message(7, address=receiver.address())
    call(message)
    with time_machine.travel(clock.after(60)):
        call(message)
    first, second = receiver.pushes
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "ntf-7-0"
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 59


def test_a_link_proves_nothing_about_who_follows_it(receiver: Receiver, make_message: MakeMessage):
    call(make_message(address=receiver.address(), sign_action=True))
    url = receiver.read(receiver.pushes[0])["data"]["notification"]["action_url"]
    assert url == "https://notifi.hackitech.example/teams/12"


def test_a_type_may_use_other_words_and_a_summary_lists_what_it_is_about(
    receiver: Receiver, make_message: MakeMessage
):
    call(
        make_message(address=receiver.address(), wording={"subject": "S", "body": "B"}),
        make_message(2, address=receiver.address(), message="Two:", items=(Item("A", None), Item("B", "/b"))),
    )
    told = [receiver.read(request)["data"]["notification"] for request in receiver.pushes]
    assert (told[0]["title"], told[0]["message"]) == ("S", "B")
    assert told[1]["message"] == "Two:\n• A\n• B"


def test_a_batch_goes_over_one_connection(receiver: Receiver, make_message: MakeMessage):
    messages = [make_message(n, address=receiver.address(f"/{n}")) for n in range(10)]
    assert call(*messages) == [None] * 10
    assert receiver.connections == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, None),
        (201, None),
        (204, None),
        (299, None),
        (410, Permanent),
        (401, Technical),
        (403, Technical),
        (413, Technical),
        (400, Temporary),
        (404, Temporary),
        (408, Temporary),
        (422, Temporary),
        (425, Temporary),
        (429, Temporary),
        (500, Temporary),
        (502, Temporary),
    ],
)
def test_an_answer_is_judged_by_its_status(
    receiver: Receiver, make_message: MakeMessage, status: int, kind: type[Exception] | None
):
    receiver.scripts["/hook"] = Script(status, body=b"" if status == 204 else b"because")
    (outcome,) = call(make_message(address=receiver.address()))
    assert type(outcome) is (kind or type(None))
    if outcome:
        assert str(outcome) == f"{status} because"


def test_a_busy_receiver_says_when_to_come_back(receiver: Receiver, make_message: MakeMessage):
    for status in (429, 503):
        receiver.scripts["/hook"] = Script(status, {"Retry-After": "120"})
        (outcome,) = call(make_message(address=receiver.address()))
        assert isinstance(outcome, Temporary) and outcome.retry_after == 120


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, make_message: MakeMessage, status: int):
    receiver.scripts["/hook"] = Script(status, {"Location": f"{receiver.origin}/elsewhere"})
    (outcome,) = call(make_message(address=receiver.address()))
    assert isinstance(outcome, Technical) and "redirect" in str(outcome)
    assert [request.path for request in receiver.pushes] == ["/hook"]


def test_a_receiver_that_hangs_or_is_not_there_is_tried_again_and_keeps_nobody_else_waiting(
    receiver: Receiver, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["WEBHOOK_HOSTS"].append("127.0.0.1:9")
    receiver.scripts["/hangs"] = Script(delay=5)
    absent = receiver.address()
    absent.address = "http://127.0.0.1:9/hook"
    started = time.monotonic()
    outcomes = call(
        make_message(1, address=receiver.address("/hangs")),
        make_message(2, address=absent),
        make_message(3, address=receiver.address()),
    )
    assert [type(outcome) for outcome in outcomes] == [Temporary, Temporary, type(None)]
    assert time.monotonic() - started < 2.5


def test_a_host_that_fails_is_left_alone_and_it_alone(
    receiver: Receiver, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["WEBHOOK_HOSTS"].append("127.0.0.1:9")
    absent = receiver.address()
    absent.address = "http://127.0.0.1:9/hook"
    outcomes = call(*[make_message(n, address=absent) for n in range(25)])
    assert [isinstance(outcome, CircuitOpen) for outcome in outcomes] == [False] * 20 + [True] * 5
    assert call(make_message(30, address=receiver.address())) == [None]


@pytest.mark.parametrize("address", ["10.0.0.5", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
def test_a_public_name_that_leads_inside_is_refused(
    channel_app: Flask, make_message: MakeMessage, monkeypatch: pytest.MonkeyPatch, address: str
):
    dialled: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    monkeypatch.setattr(socket, "create_connection", lambda *args, **__: dialled.append(args))
    hook = SimpleNamespace(address="https://hooks.example.org/notifi", secret=new_secret())
    (outcome,) = call(make_message(address=hook))
    assert isinstance(outcome, Technical) and "not public" in str(outcome)
    assert not dialled


def test_a_url_that_may_not_be_called_any_more_is_not(
    receiver: Receiver, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["WEBHOOK_HOSTS"] = []
    (outcome,) = call(make_message(address=receiver.address()))
    assert isinstance(outcome, Technical) and not receiver.connections


@pytest.mark.parametrize(("named", "arrives"), [("localhost", True), ("other", False)])
def test_over_tls_the_receiver_must_prove_its_name(
    channel_app: Flask,
    make_message: MakeMessage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
    arrives: bool,
):
    certificate = make_certificate(tmp_path, named)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    _tls.cache_clear()
    try:
        with Receiver(server_context(certificate)) as receiver:
            channel_app.config["WEBHOOK_HOSTS"] = [receiver.host]
            (outcome,) = call(make_message(address=receiver.address()))
    finally:
        _tls.cache_clear()
    assert (outcome is None) is arrives
    assert arrives or (isinstance(outcome, Temporary) and not receiver.pushes)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/notifi?team=12",
        "https://HOOKS.example.org:443/",
        "https://xn--caf-dma.example/hook",
        "https://93.184.216.34/hook",
        "https://[2606:2800:220:1::1]/hook",
    ],
)
def test_any_public_host_may_be_called(channel_app: Flask, url: str):
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://hooks.example.org/notifi",
        "https://hooks.example.org:8443/notifi",
        "https://user:pw@hooks.example.org/notifi",
        "https://hooks.example.org/notifi#part",
        "https://hooks.example.org./notifi",
        "https://localhost/notifi",
        "https://intranet/notifi",
        "https://127.0.0.1/notifi",
        "https://127.1/notifi",
        "https://0x7f.0.0.1/notifi",
        "https://2130706433/notifi",
        "https://10.0.0.5/notifi",
        "https://169.254.169.254/latest",
        "https://[::1]/notifi",
        "https://[::ffff:10.0.0.1]/notifi",
        "https://[64:ff9b::a9fe:a9fe]/notifi",
        "https://hooks.example.org\\@10.0.0.5/notifi",
        "https:///notifi",
        "ftp://hooks.example.org/notifi",
        "https://hooks.example.org/" + "x" * 2000,
    ],
)
def test_anything_else_may_not(channel_app: Flask, url: str):
    with pytest.raises(ValueError):
        check_url(url)


def test_attempts_are_spread_over_days(channel_app: Flask, make_message: MakeMessage):
    channel, message = WebhookChannel(), make_message()
    waits = [channel.retry_delay(attempts) for attempts in range(1, 11)]
    usual = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, 86400]
    assert all(0.8 * wait <= found <= 1.2 * wait for wait, found in zip(usual, waits, strict=True))
    # Nine attempts after the first one, however the waits are spread: as many as the standard advises.
    assert 1.2 * sum(usual[:9]) < channel.retry_for(message)


def test_secrets_are_unlike_and_long_enough():
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_") and len(base64.b64decode(first.removeprefix("whsec_"))) == 32
