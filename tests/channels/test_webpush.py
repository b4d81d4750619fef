"""Web Push to a real push service on this machine, which checks who sends, and a browser that decrypts."""

import datetime as dt
import json
from typing import Any

import pytest
from flask import Flask

from hackitech.channels.base import Permanent, Technical, Temporary, Withdrawal
from hackitech.channels.circuit import CircuitOpen
from hackitech.channels.push import PushChannel
from hackitech.channels.push_message import payload
from hackitech.channels.vapid import vapid_public_key
from hackitech.core import clock
from tests.channels.conftest import MakeMessage, device, push
from tests.channels.push_server import Browser, PushServer
from tests.channels.scripted_server import Script


def test_a_push_reaches_the_browser_and_only_it_can_read_it(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    message = make_message(
        3, title="Équipe", message="Ana vous invite.", address=device(browser, f"{push_server.origin}/a")
    )
    assert push(message) == [None]
    (received,) = push_server.pushes
    assert browser.read(received) == {
        "id": 3,
        "title": "Équipe",
        "body": "Ana vous invite.",
        "url": "/teams/12",
        "tag": "3-0",
    }
    assert b"Ana" not in received.body
    with pytest.raises(Exception, match="[Dd]ecrypt"):
        Browser().read(received)


def test_a_push_is_signed_for_its_service_with_the_published_key(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    push(make_message(address=device(browser, f"{push_server.origin}/a")))
    claims = push_server.claims(push_server.pushes[0])
    assert claims["key"] == vapid_public_key()
    assert claims["aud"] == push_server.origin
    assert claims["sub"] == "https://notifi.hackitech.example"


@pytest.mark.parametrize(
    ("priority", "urgency", "ttl"),
    [("low", "low", 86400), ("normal", "normal", 86400), ("high", "high", 86400), ("urgent", "high", 3600)],
)
def test_headers_say_how_urgent_and_for_how_long(
    push_server: PushServer,
    browser: Browser,
    make_message: MakeMessage,
    priority: str,
    urgency: str,
    ttl: int,
):
    push(make_message(priority=priority, address=device(browser, f"{push_server.origin}/a")))
    headers = push_server.pushes[0].headers
    assert (headers["Urgency"], headers["TTL"]) == (urgency, str(ttl))
    assert headers["Topic"] == "1-0"
    assert headers["Content-Encoding"] == "aes128gcm"


def test_a_push_does_not_outlive_what_it_is_about(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    soon = clock.now() + dt.timedelta(seconds=100)
    push(make_message(expires_at=soon, address=device(browser, f"{push_server.origin}/a")))
    assert 90 <= int(push_server.pushes[0].headers["TTL"]) <= 100


def test_a_batch_goes_over_one_connection(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    messages = [make_message(n, address=device(browser, f"{push_server.origin}/{n}")) for n in range(10)]
    assert push(*messages) == [None] * 10
    assert push_server.connections == 1


def test_a_long_text_is_cut_between_letters_to_fit(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    for text in ("é" * 10_000, "😀" * 4_000, "\x01" * 5_000, '"' * 5_000, "a" * 3_900):
        push(make_message(message=text, address=device(browser, f"{push_server.origin}/a")))
        received = push_server.pushes[-1]
        body = browser.read(received)["body"]
        assert 4000 < len(received.body) <= 4096 or len(text) == 3_900
        assert body == text or (body.endswith("…") and text.startswith(body[:-1]) and len(body) > 500)


def test_a_message_that_no_cutting_makes_fit_is_technical(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    huge = make_message(action_url="/" + "x" * 5000, address=device(browser, f"{push_server.origin}/a"))
    (outcome,) = push(huge)
    assert isinstance(outcome, Technical) and not push_server.pushes


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, None),
        (201, None),
        (202, None),
        (404, Permanent),
        (410, Permanent),
        (400, Technical),
        (401, Technical),
        (403, Technical),
        (413, Technical),
        (408, Temporary),
        (425, Temporary),
        (429, Temporary),
        (500, Temporary),
        (503, Temporary),
    ],
)
def test_an_answer_is_judged_by_its_status(
    push_server: PushServer,
    browser: Browser,
    make_message: MakeMessage,
    status: int,
    kind: type[Exception] | None,
):
    push_server.scripts["/a"] = Script(status, body=b"because")
    (outcome,) = push(make_message(address=device(browser, f"{push_server.origin}/a")))
    assert type(outcome) is (kind or type(None))
    if outcome:
        assert str(outcome) == f"{status} because"


def test_a_busy_service_says_when_to_come_back(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    def waits(header: str) -> float | None:
        push_server.scripts["/a"] = Script(429, {"Retry-After": header})
        (outcome,) = push(make_message(address=device(browser, f"{push_server.origin}/a")))
        assert isinstance(outcome, Temporary)
        return outcome.retry_after

    assert waits("120") == 120
    in_a_minute = waits(_http_date(60))
    assert in_a_minute is not None and 55 <= in_a_minute <= 60
    assert [waits(text) for text in ("0", "soon", _http_date(-60), "-5", "1e5", "٣")] == [None] * 6


def test_a_redirect_is_not_followed(push_server: PushServer, browser: Browser, make_message: MakeMessage):
    push_server.scripts["/a"] = Script(307, {"Location": f"{push_server.origin}/b"})
    (outcome,) = push(make_message(address=device(browser, f"{push_server.origin}/a")))
    assert isinstance(outcome, Technical) and "redirect" in str(outcome)
    assert [received.path for received in push_server.pushes] == ["/a"]


def test_one_service_that_fails_does_not_keep_the_others_waiting(
    push_server: PushServer, browser: Browser, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["PUSH_HOSTS"].append("127.0.0.1:9")
    down = [make_message(n, address=device(browser, "http://127.0.0.1:9/a")) for n in range(25)]
    up = make_message(30, address=device(browser, f"{push_server.origin}/a"))
    outcomes = push(*down, up)
    assert [isinstance(outcome, CircuitOpen) for outcome in outcomes[:-1]] == [False] * 20 + [True] * 5
    assert outcomes[-1] is None


@pytest.mark.parametrize("broken", [{"p256dh": "AAAA"}, {"auth": ""}, {"p256dh": None}, {"auth": "é"}])
def test_keys_that_cannot_be_used_are_technical_and_stop_nobody_else(
    push_server: PushServer, browser: Browser, make_message: MakeMessage, broken: dict[str, Any]
):
    bad = device(browser, f"{push_server.origin}/a")
    vars(bad).update(broken)
    good = make_message(2, address=device(browser, f"{push_server.origin}/b"))
    outcomes = push(make_message(1, address=bad), good)
    assert isinstance(outcomes[0], Technical) and outcomes[1] is None


def test_an_endpoint_that_may_not_be_called_is_not(
    push_server: PushServer, browser: Browser, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["PUSH_HOSTS"] = []
    (outcome,) = push(make_message(address=device(browser, f"{push_server.origin}/a")))
    assert isinstance(outcome, Technical) and not push_server.connections


def test_the_payload_is_compact_json(channel_app: Flask, make_message: MakeMessage):
    plain = payload(make_message(title="a\nb", wording={"subject": "S\r\nx", "body": "B"}))
    assert json.loads(plain)["title"] == "S x" and b'": ' not in plain


def test_a_withdrawal_names_what_to_close_and_how_many_are_unread(push_server: PushServer, browser: Browser):
    withdrawal = Withdrawal(3, "3-0", 8, 1, 5, device(browser, f"{push_server.origin}/a"), unread_count=2)
    assert [outcome for _, outcome in PushChannel().withdraw([withdrawal])] == [None]
    (received,) = push_server.pushes
    assert browser.read(received) == {"withdraw": "3-0", "id": 8, "unread_count": 2}
    assert received.headers["Topic"] == "3-0"


def test_safari_is_not_told_as_it_would_end_the_subscription(channel_app: Flask, browser: Browser):
    withdrawal = Withdrawal(3, "3-0", 8, 1, 5, device(browser, "https://web.push.apple.com/abc"), 2)
    assert list(PushChannel().withdraw([withdrawal])) == []


def _http_date(seconds: float) -> str:
    return (clock.now() + dt.timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
