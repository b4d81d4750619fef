"""Calling push services that are slow, verbose, absent or not what they say they are."""

import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from hackitech.channels.base import Technical, Temporary
from hackitech.channels.http_post import _tls
from tests.channels.certificates import make_certificate, server_context
from tests.channels.conftest import MakeMessage, device, push
from tests.channels.push_server import Browser, PushServer
from tests.channels.scripted_server import Script


def test_a_service_that_hangs_is_temporary_within_the_timeout(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    push_server.scripts["/a"] = Script(delay=5)
    messages = [
        make_message(n, address=device(browser, f"{push_server.origin}{path}"))
        for n, path in ((1, "/a"), (2, "/b"))
    ]
    started = time.monotonic()
    outcomes = push(*messages)
    assert isinstance(outcomes[0], Temporary) and outcomes[1] is None
    assert time.monotonic() - started < 2.5


def test_an_answer_that_trickles_in_ends_with_the_deadline(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    push_server.scripts["/a"] = Script(500, {"Connection": "close"}, body=b"x" * 600, trickle=True)
    started = time.monotonic()
    (outcome,) = push(make_message(address=device(browser, f"{push_server.origin}/a")))
    assert isinstance(outcome, Temporary)
    assert time.monotonic() - started < 2.5


def test_headers_that_trickle_in_end_with_the_deadline(
    channel_app: Flask, browser: Browser, make_message: MakeMessage
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        channel_app.config["PUSH_HOSTS"] = [host]

        def trickle() -> None:
            line, _ = listener.accept()
            try:
                for byte in b"HTTP/1.1 201 Created\r\nX-Slow: " + b"x" * 200:
                    line.send(bytes([byte]))
                    time.sleep(0.1)
            except OSError:
                pass

        threading.Thread(target=trickle, daemon=True).start()
        started = time.monotonic()
        (outcome,) = push(make_message(address=device(browser, f"http://{host}/a")))
    assert isinstance(outcome, Temporary) and "timed out" in str(outcome)
    assert time.monotonic() - started < 2.5


def test_of_a_large_answer_little_is_read(
    push_server: PushServer, browser: Browser, make_message: MakeMessage
):
    push_server.scripts["/a"] = Script(400, body=b"x" * 30_000_000)
    messages = [
        make_message(n, address=device(browser, f"{push_server.origin}{path}"))
        for n, path in ((1, "/a"), (2, "/b"))
    ]
    started = time.monotonic()
    outcomes = push(*messages)
    assert isinstance(outcomes[0], Technical) and len(str(outcomes[0])) < 400
    assert outcomes[1] is None and push_server.connections == 2
    assert time.monotonic() - started < 2


def test_a_service_that_is_not_there_is_temporary(
    push_server: PushServer, browser: Browser, make_message: MakeMessage, channel_app: Flask
):
    channel_app.config["PUSH_HOSTS"] = ["127.0.0.1:9"]
    (outcome,) = push(make_message(address=device(browser, "http://127.0.0.1:9/a")))
    assert isinstance(outcome, Temporary)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.5", "127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "fec0::1"]
    + ["2002:7f00:1::", "64:ff9b::a9fe:a9fe", "fe80::1%eth0", "ff0e::1", "224.0.0.1", "0.0.0.0"],
)
def test_a_known_name_that_leads_inside_is_refused(
    channel_app: Flask,
    browser: Browser,
    make_message: MakeMessage,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
):
    dialled: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    monkeypatch.setattr(socket, "create_connection", lambda *args, **__: dialled.append(args))
    (outcome,) = push(make_message(address=device(browser, "https://fcm.googleapis.com/fcm/send/x")))
    assert isinstance(outcome, Technical) and "not public" in str(outcome)
    assert not dialled


def test_a_name_that_cannot_be_resolved_is_temporary(
    channel_app: Flask, browser: Browser, make_message: MakeMessage, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    messages = [make_message(n, address=device(browser, "https://fcm.googleapis.com/x")) for n in (1, 2)]
    outcomes = push(*messages)
    assert [str(outcome) for outcome in outcomes] == ["the host's name cannot be resolved"] * 2
    assert all(isinstance(outcome, Temporary) for outcome in outcomes)


@pytest.mark.parametrize(
    ("named", "trusted", "arrives"),
    [("localhost", True, True), ("other", True, False), ("localhost", False, False)],
)
def test_over_tls_the_service_must_prove_its_name(
    channel_app: Flask,
    browser: Browser,
    make_message: MakeMessage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
    trusted: bool,
    arrives: bool,
):
    certificate = make_certificate(tmp_path, named)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    _tls.cache_clear()
    try:
        with PushServer(server_context(certificate)) as service:
            channel_app.config["PUSH_HOSTS"] = [service.host]
            (outcome,) = push(make_message(address=device(browser, f"{service.origin}/a")))
    finally:
        _tls.cache_clear()
    assert (outcome is None) is arrives
    assert arrives or (isinstance(outcome, Temporary) and not service.pushes)
