"""Android push to a real FCM on this machine, which checks who sends and what."""

import datetime as dt
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask

from hackitech.channels.base import Permanent, Technical, Temporary, Withdrawal
from hackitech.channels.circuit import CircuitOpen
from hackitech.channels.push import PushChannel
from hackitech.core import clock
from tests.channels.conftest import MakeMessage, push
from tests.channels.fcm_server import ACCOUNT, FcmServer, refusal
from tests.channels.scripted_server import Script

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def fcm(channel_app: Flask) -> Iterator[FcmServer]:
    """Start an FCM whose service account the application has."""
    with FcmServer() as server:
        channel_app.config["FCM_CREDENTIALS"] = server.credentials
        channel_app.config["FCM_URL"] = server.origin
        yield server


def android(token: str = "phone:1") -> SimpleNamespace:
    return SimpleNamespace(kind="fcm", address=token)


def test_a_push_says_what_to_show_what_to_open_and_for_how_long(fcm: FcmServer, make_message: MakeMessage):
    message = make_message(3, title="Équipe", message="Ana vous invite.", address=android())
    assert push(message) == [None]
    assert fcm.messages == [
        {
            "token": "phone:1",
            "notification": {"title": "Équipe", "body": "Ana vous invite."},
            "data": {"id": "3", "tag": "3-0", "url": "https://notifi.hackitech.example/teams/12"},
            "android": {
                "collapse_key": "3-0",
                "ttl": "86400s",
                "priority": "NORMAL",
                "notification": {"tag": "3-0"},
            },
        }
    ]


@pytest.mark.parametrize(
    ("priority", "urgency", "ttl"),
    [
        ("low", "NORMAL", "86400s"),
        ("normal", "NORMAL", "86400s"),
        ("high", "HIGH", "86400s"),
        ("urgent", "HIGH", "3600s"),
    ],
)
def test_what_is_urgent_wakes_the_phone(
    fcm: FcmServer, make_message: MakeMessage, priority: str, urgency: str, ttl: str
):
    push(make_message(priority=priority, address=android()))
    (message,) = fcm.messages
    assert (message["android"]["priority"], message["android"]["ttl"]) == (urgency, ttl)


def test_a_push_does_not_outlive_what_it_is_about(fcm: FcmServer, make_message: MakeMessage):
    push(make_message(expires_at=clock.now() + dt.timedelta(seconds=100), address=android()))
    assert 90 <= int(fcm.messages[0]["android"]["ttl"].removesuffix("s")) <= 100


def test_the_service_account_asks_for_one_token_and_a_batch_takes_one_connection(
    fcm: FcmServer, make_message: MakeMessage
):
    assert push(*(make_message(n, address=android()) for n in range(10))) == [None] * 10
    assert push(make_message(11, address=android())) == [None]
    assert len(fcm.messages) == 11
    (claims,) = fcm.assertions
    assert claims["iss"] == ACCOUNT
    assert fcm.connections == 2  # in each batch; both hosts are one here


def test_a_token_is_renewed_before_it_is_over(fcm: FcmServer, make_message: MakeMessage):
    push(make_message(1, address=android()))
    with time_machine.travel(clock.after(3590)):
        assert push(make_message(2, address=android())) == [None]
    assert len(fcm.assertions) == 2


def test_a_token_that_was_revoked_is_renewed_once(fcm: FcmServer, make_message: MakeMessage):
    push(make_message(1, address=android()))
    fcm.tokens.clear()
    assert push(make_message(2, address=android())) == [None]
    assert len(fcm.assertions) == 2


def test_a_service_that_believes_no_token_is_asked_for_one_more_only(
    fcm: FcmServer, make_message: MakeMessage
):
    fcm.scripts["phone:1"] = Script(401)
    outcomes = push(*(make_message(n, address=android()) for n in range(5)))
    assert all(isinstance(outcome, Technical) for outcome in outcomes)
    assert len(fcm.assertions) == 2


@pytest.mark.parametrize(
    "text", ["é" * 10_000, "😀" * 4_000, "\x01" * 5_000, '"' * 5_000, "a" * 3_500, "a" * 4_096]
)
def test_a_long_text_is_cut_between_letters_to_fit(fcm: FcmServer, make_message: MakeMessage, text: str):
    assert push(make_message(message=text, address=android("x" * 4_096))) == [None]
    body = fcm.messages[0]["notification"]["body"]
    assert body == text or (body.endswith("…") and text.startswith(body[:-1]) and len(body) > 500)


@pytest.mark.parametrize("url", ["/" + "x" * 1_999, "https://example.org/" + "é" * 1_900, "/" + "😀" * 1_999])
def test_no_link_and_no_title_is_too_long(fcm: FcmServer, make_message: MakeMessage, url: str):
    message = make_message(
        title="😀" * 300, message="é" * 9_000, action_url=url, sign_action=True, address=android()
    )
    assert push(message) == [None]
    assert fcm.messages[0]["notification"]["body"].endswith("é…")


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (Script(200), None),
        (refusal(404, "UNREGISTERED"), Permanent),
        (Script(404), Permanent),
        (
            refusal(400, "INVALID_ARGUMENT", fieldViolations=[{"field": "message.token"}]),
            Permanent,
        ),
        (refusal(400, "INVALID_ARGUMENT", fieldViolations=[{"field": "message.data"}]), Technical),
        (Script(400, body=b'{"error": []}'), Technical),
        (Script(400, body=b"no JSON"), Technical),
        (Script(401), Technical),
        (refusal(403, "SENDER_ID_MISMATCH"), Technical),
        (Script(413), Technical),
        (Script(307, {"Location": "/v1/projects/other/messages:send"}), Technical),
        (Script(408), Temporary),
        (refusal(429, "QUOTA_EXCEEDED"), Temporary),
        (refusal(500, "INTERNAL"), Temporary),
        (refusal(503, "UNAVAILABLE"), Temporary),
    ],
)
def test_an_answer_is_judged_by_its_status_and_reason(
    fcm: FcmServer, make_message: MakeMessage, script: Script, kind: type[Exception] | None
):
    fcm.scripts["phone:1"] = script
    outcomes = push(make_message(1, address=android()), make_message(2, address=android("phone:2")))
    assert [type(outcome) for outcome in outcomes] == [kind or type(None), type(None)]
    assert not any("other" in asked.path for asked in fcm.asked)


def test_a_busy_service_says_when_to_come_back(fcm: FcmServer, make_message: MakeMessage):
    fcm.scripts["phone:1"] = Script(429, {"Retry-After": "77"})
    (outcome,) = push(make_message(address=android()))
    assert isinstance(outcome, Temporary) and outcome.retry_after == 77


def test_a_service_that_hangs_is_temporary(fcm: FcmServer, make_message: MakeMessage):
    fcm.scripts["phone:1"] = Script(delay=3)
    (outcome,) = push(make_message(address=android()))
    assert isinstance(outcome, Temporary) and "timed out" in str(outcome)


def test_a_service_that_is_not_there_is_temporary(
    fcm: FcmServer, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["FCM_URL"] = "http://127.0.0.1:9"
    (outcome,) = push(make_message(address=android()))
    assert isinstance(outcome, Temporary)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (Script(400, body=b'{"error": "invalid_grant"}'), Technical),
        (Script(401), Technical),
        (Script(200, body=b"{}"), Technical),
        (Script(500), Temporary),
        (Script(503, {"Retry-After": "9"}), Temporary),
        (Script(429), Temporary),
        (Script(delay=3), Temporary),
    ],
)
def test_without_a_token_nothing_is_sent_and_nobody_is_at_fault(
    fcm: FcmServer, make_message: MakeMessage, script: Script, kind: type[Exception]
):
    fcm.token_script = script
    (outcome,) = push(make_message(address=android()))
    assert type(outcome) is kind
    assert [asked.path for asked in fcm.asked] == ["/token"]


def test_a_failing_service_is_left_alone(fcm: FcmServer, make_message: MakeMessage):
    fcm.scripts["phone:1"] = Script(503)
    outcomes = push(*(make_message(n, address=android()) for n in range(25)))
    assert [type(outcome) for outcome in outcomes] == [Temporary] * 20 + [CircuitOpen] * 5


@pytest.mark.parametrize(
    ("credentials", "said"),
    [("no JSON", "no service account"), ("{}", "no service account"), (None, "names no project")],
)
def test_credentials_that_are_none_are_our_mistake(
    fcm: FcmServer, make_message: MakeMessage, channel_app: Flask, credentials: str | None, said: str
):
    without_project: dict[str, Any] = json.loads(fcm.credentials)
    del without_project["project_id"]
    channel_app.config["FCM_CREDENTIALS"] = credentials or json.dumps(without_project)
    (outcome,) = push(make_message(address=android()))
    assert isinstance(outcome, Technical) and said in str(outcome)


def test_without_credentials_android_is_not_reached(channel_app: Flask, make_message: MakeMessage):
    (outcome,) = push(make_message(address=android()))
    assert isinstance(outcome, Technical) and "no transport for fcm" in str(outcome)


def test_a_withdrawal_shows_nothing_and_names_what_to_take_away(fcm: FcmServer):
    withdrawal = Withdrawal(3, "3-0", 8, 1, 5, android(), unread_count=2)
    assert [outcome for _, outcome in PushChannel().withdraw([withdrawal])] == [None]
    assert fcm.messages == [
        {
            "token": "phone:1",
            "data": {"withdraw": "3-0", "id": "8", "unread_count": "2"},
            "android": {"collapse_key": "3-0", "ttl": "86400s", "priority": "NORMAL"},
        }
    ]
