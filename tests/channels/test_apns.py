"""Apple push to a real APNs on this machine: HTTP/2 over TLS, which checks who sends and what."""

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from hackitech.channels import apns as transport
from hackitech.channels.base import Permanent, Technical, Temporary, Withdrawal
from hackitech.channels.circuit import CircuitOpen
from hackitech.channels.push import PushChannel
from hackitech.core import clock
from tests.channels.apns_server import KEY_ID, TEAM, TOPIC, ApnsServer, refusal
from tests.channels.certificates import make_certificate, server_context
from tests.channels.conftest import MakeMessage, push
from tests.channels.scripted_server import Script

pytestmark = pytest.mark.sqlite_only

DAY = 86400


@pytest.fixture
def apns(channel_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApnsServer]:
    """Start an APNs whose provider the application is."""
    certificate = make_certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    transport._tls.cache_clear()
    with ApnsServer(server_context(certificate)) as server:
        settings = {"APNS_KEY": server.key, "APNS_KEY_ID": KEY_ID, "APNS_TEAM_ID": TEAM}
        channel_app.config.update(settings, APNS_TOPIC=TOPIC, APNS_URL=server.url)
        yield server
    transport._tls.cache_clear()


def iphone(token: str = "a1") -> SimpleNamespace:
    return SimpleNamespace(kind="apns", address=token)


def test_a_push_says_what_to_show_and_what_to_open(apns: ApnsServer, make_message: MakeMessage):
    message = make_message(3, title="Équipe", message="Ana vous invite.", address=iphone())
    assert push(message) == [None]
    (received,) = apns.pushes
    assert received.body == {
        "aps": {"alert": {"title": "Équipe", "body": "Ana vous invite."}, "sound": "default"},
        "id": 3,
        "tag": "3-0",
        "url": "https://notifi.hackitech.example/teams/12",
    }


@pytest.mark.parametrize(
    ("priority", "sent_at", "ttl"),
    [("low", "5", DAY), ("normal", "10", DAY), ("high", "10", DAY), ("urgent", "10", 3600)],
)
def test_headers_say_how_urgent_and_until_when(
    apns: ApnsServer, make_message: MakeMessage, priority: str, sent_at: str, ttl: int
):
    push(make_message(3, priority=priority, address=iphone()))
    headers = apns.pushes[0].headers
    assert headers["apns-push-type"] == "alert"
    assert headers["apns-priority"] == sent_at
    assert headers["apns-collapse-id"] == "3-0"
    assert abs(int(headers["apns-expiration"]) - time.time() - ttl) < 10


def test_a_push_does_not_outlive_what_it_is_about(apns: ApnsServer, make_message: MakeMessage):
    for seconds in (100, 0):
        push(make_message(expires_at=clock.now() + dt.timedelta(seconds=seconds), address=iphone()))
    soon, at_once = (int(received.headers["apns-expiration"]) for received in apns.pushes)
    assert 90 <= soon - time.time() <= 100
    assert at_once == 0


def test_every_attempt_has_the_same_id_and_no_other_push_has_it(apns: ApnsServer, make_message: MakeMessage):
    for number in (1, 1, 2):
        push(make_message(number, address=iphone()))
    first, again, other = (received.headers["apns-id"] for received in apns.pushes)
    assert first == again != other


def test_a_batch_goes_over_one_connection(apns: ApnsServer, make_message: MakeMessage):
    assert push(*(make_message(n, address=iphone()) for n in range(10))) == [None] * 10
    assert apns.connections == 1


@pytest.mark.parametrize("says_goodbye", [True, False])
def test_a_connection_that_apple_ends_is_opened_anew(
    apns: ApnsServer, make_message: MakeMessage, says_goodbye: bool
):
    apns.hang_up_after, apns.says_goodbye = 3, says_goodbye
    assert push(*(make_message(n, address=iphone()) for n in range(10))) == [None] * 10
    assert apns.connections == 4


def test_one_token_is_reused_for_forty_minutes(apns: ApnsServer, make_message: MakeMessage):
    for minutes in (0, 20, 39):
        with time_machine.travel(clock.after(60 * minutes)):
            assert push(make_message(address=iphone())) == [None]
    assert len(apns.tokens) == 1
    with time_machine.travel(clock.after(60 * 41)):
        assert push(make_message(address=iphone())) == [None]
    assert len(apns.tokens) == 2


def test_a_clock_that_is_put_back_makes_a_new_token(apns: ApnsServer, make_message: MakeMessage):
    for hours in (1, 0):
        with time_machine.travel(clock.after(3600 * hours)):
            assert push(make_message(address=iphone())) == [None]
    assert len(apns.tokens) == 2


def test_a_token_that_apple_calls_expired_is_renewed_once(apns: ApnsServer, make_message: MakeMessage):
    push(make_message(address=iphone()))
    apns.expired |= set(apns.tokens)
    assert push(*(make_message(n, address=iphone()) for n in range(3))) == [None] * 3
    assert len(apns.tokens) == 2


def test_apple_is_not_given_token_after_token(apns: ApnsServer, make_message: MakeMessage):
    apns.scripts["a1"] = refusal(403, "ExpiredProviderToken")
    outcomes = push(*(make_message(n, address=iphone()) for n in range(5)))
    assert all(isinstance(outcome, Technical) for outcome in outcomes)
    assert len(apns.tokens) == 2


@pytest.mark.parametrize(
    "text", ["é" * 10_000, "😀" * 4_000, "\x01" * 5_000, '"' * 5_000, "a" * 3_800, "a" * 4_096]
)
def test_a_long_text_is_cut_between_letters_to_fit(apns: ApnsServer, make_message: MakeMessage, text: str):
    assert push(make_message(message=text, address=iphone())) == [None]
    body = apns.pushes[0].body["aps"]["alert"]["body"]
    assert body == text or (body.endswith("…") and text.startswith(body[:-1]) and len(body) > 500)


def test_no_link_and_no_title_is_too_long(apns: ApnsServer, make_message: MakeMessage):
    for url in ("/" + "x" * 1_999, "https://example.org/" + "é" * 1_900, "/" + "😀" * 1_999):
        message = make_message(
            title="😀" * 300, message="é" * 9_000, action_url=url, sign_action=True, address=iphone()
        )
        assert push(message) == [None]


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (Script(200), None),
        (refusal(410, "Unregistered"), Permanent),
        (refusal(410, "ExpiredToken"), Permanent),
        (refusal(400, "BadDeviceToken"), Permanent),
        (refusal(400, "DeviceTokenNotForTopic"), Technical),
        (refusal(400, "BadTopic"), Technical),
        (Script(400, body=b"no JSON"), Technical),
        (Script(400, body=b"[]"), Technical),
        (refusal(403, "InvalidProviderToken"), Technical),
        (refusal(404, "BadPath"), Technical),
        (refusal(405, "MethodNotAllowed"), Technical),
        (refusal(413, "PayloadTooLarge"), Technical),
        (Script(307, {"Location": "/3/device/c3"}), Technical),
        (refusal(429, "TooManyRequests"), Temporary),
        (refusal(429, "TooManyProviderTokenUpdates"), Temporary),
        (refusal(500, "InternalServerError"), Temporary),
        (refusal(503, "ServiceUnavailable"), Temporary),
        (refusal(503, "Shutdown"), Temporary),
    ],
)
def test_an_answer_is_judged_by_its_status_and_reason(
    apns: ApnsServer, make_message: MakeMessage, script: Script, kind: type[Exception] | None
):
    apns.scripts["a1"] = script
    outcomes = push(make_message(1, address=iphone()), make_message(2, address=iphone("b2")))
    assert [type(outcome) for outcome in outcomes] == [kind or type(None), type(None)]
    assert [received.device for received in apns.pushes] == ["b2"]
    assert apns.connections == 1


def test_a_busy_service_says_when_to_come_back(apns: ApnsServer, make_message: MakeMessage):
    apns.scripts["a1"] = refusal(429, "TooManyRequests", {"Retry-After": "77"})
    (outcome,) = push(make_message(address=iphone()))
    assert isinstance(outcome, Temporary) and outcome.retry_after == 77


def test_of_a_large_answer_little_is_read(apns: ApnsServer, make_message: MakeMessage):
    apns.scripts["a1"] = Script(400, body=b"x" * 30_000_000)
    started = time.monotonic()
    first, second = push(make_message(1, address=iphone()), make_message(2, address=iphone("b2")))
    assert isinstance(first, Technical) and len(str(first)) < 400
    assert second is None and apns.connections == 2
    assert time.monotonic() - started < 2


def test_a_service_that_hangs_is_temporary_within_the_timeout(apns: ApnsServer, make_message: MakeMessage):
    apns.scripts["a1"] = Script(delay=5)
    started = time.monotonic()
    first, second = push(make_message(1, address=iphone()), make_message(2, address=iphone("b2")))
    assert isinstance(first, Temporary) and second is None
    assert time.monotonic() - started < 2.5


def test_an_answer_that_trickles_in_ends_with_the_deadline(apns: ApnsServer, make_message: MakeMessage):
    apns.scripts["a1"] = Script(500, body=b"x" * 600, trickle=True)
    started = time.monotonic()
    first, second = push(make_message(1, address=iphone()), make_message(2, address=iphone("b2")))
    assert isinstance(first, Temporary) and second is None
    assert time.monotonic() - started < 2.5


def test_a_service_that_is_not_there_is_temporary(
    apns: ApnsServer, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["APNS_URL"] = "https://127.0.0.1:9"
    (outcome,) = push(make_message(address=iphone()))
    assert isinstance(outcome, Temporary)


def test_a_service_that_cannot_prove_its_name_is_told_nothing(
    apns: ApnsServer, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["APNS_URL"] = apns.url.replace("localhost", "127.0.0.1")
    (outcome,) = push(make_message(address=iphone()))
    assert isinstance(outcome, Temporary) and not apns.pushes


def test_a_failing_service_is_left_alone(apns: ApnsServer, make_message: MakeMessage):
    apns.scripts["a1"] = refusal(503, "ServiceUnavailable")
    outcomes = push(*(make_message(n, address=iphone()) for n in range(25)))
    assert [type(outcome) for outcome in outcomes] == [Temporary] * 20 + [CircuitOpen] * 5


def test_a_key_may_have_its_line_breaks_written_out(
    apns: ApnsServer, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["APNS_KEY"] = apns.key.replace("\n", "\\n")
    assert push(make_message(address=iphone())) == [None]


def test_a_key_that_is_none_is_our_mistake(apns: ApnsServer, make_message: MakeMessage, channel_app: Flask):
    other_curve = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for key in ("no key", other_curve.decode()):
        channel_app.config["APNS_KEY"] = key
        outcomes = push(make_message(1, address=iphone()), make_message(2, address=iphone()))
        assert [str(outcome) for outcome in outcomes] == ["APNS_KEY is no P-256 key in PEM"] * 2
        assert all(isinstance(outcome, Technical) for outcome in outcomes)
    assert apns.connections == 0


@pytest.mark.parametrize("missing", ["APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC"])
def test_without_all_its_settings_apple_is_not_reached(
    apns: ApnsServer, make_message: MakeMessage, channel_app: Flask, missing: str
):
    channel_app.config[missing] = ""
    (outcome,) = push(make_message(address=iphone()))
    assert isinstance(outcome, Technical) and "no transport for apns" in str(outcome)


def test_a_withdrawal_shows_nothing_and_names_what_to_take_away(apns: ApnsServer, make_message: MakeMessage):
    push(make_message(3, address=iphone()))
    withdrawal = Withdrawal(3, "3-0", 8, 1, 5, iphone(), unread_count=2)
    assert [outcome for _, outcome in PushChannel().withdraw([withdrawal])] == [None]
    shown, hidden = apns.pushes
    assert hidden.body == {"aps": {"content-available": 1}, "withdraw": "3-0", "id": 8, "unread_count": 2}
    assert hidden.headers["apns-push-type"] == "background"
    assert hidden.headers["apns-collapse-id"] == shown.headers["apns-collapse-id"]
    assert hidden.headers["apns-id"] != shown.headers["apns-id"]
