"""Security 6: a WebSocket opens for an exact origin or a bearer token, and is answered plainly otherwise."""

import json

import pytest
import requests
from flask import Flask
from websockets.http11 import Response

from tests.factories import bearer, make_user
from tests.realtime.server import PATH, WebProcess
from tests.realtime.story import browser

FOREIGN = (
    "https://evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1",  # another port
    "null",
    "",
)
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def is_problem(answer: Response, status: int) -> bool:
    """Return whether a refused handshake was answered with a problem document."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    return bool(json.loads(answer.body or b"")["status"] == status)


def test_a_page_of_ours_may_open_a_stream(platform: Flask, web: WebProcess):
    web.listen(browser(web, make_user())).close()


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_site_may_not(platform: Flask, web: WebProcess, origin: str):
    headers = browser(web, make_user(), "x") | {"Origin": origin}
    assert is_problem(web.refusal(headers), 403)


def test_a_session_without_an_origin_may_not(platform: Flask, web: WebProcess):
    headers = browser(web, make_user())
    del headers["Origin"]
    assert is_problem(web.refusal(headers), 403)


def test_an_origin_that_the_settings_name_may(platform: Flask, web: WebProcess):
    web.listen(browser(web, make_user(), "https://app.hackitech.example")).close()


def test_a_token_needs_no_origin_and_none_forbids_it(platform: Flask, web: WebProcess):
    headers = bearer(make_user())
    web.listen(headers).close()
    web.listen(headers | {"Origin": "https://evil.example"}).close()


def test_a_stranger_is_told_to_sign_in(platform: Flask, web: WebProcess):
    for headers in ({}, {"Origin": web.url}, {"Cookie": "session=guessed", "Origin": web.url}):
        answer = web.refusal(headers)
        assert is_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_beside_a_bad_token_a_good_cookie_counts_for_nothing(platform: Flask, web: WebProcess):
    headers = browser(web, make_user()) | {"Authorization": "Bearer ntf_wrong"}
    assert is_problem(web.refusal(headers), 401)


def test_a_token_without_the_scope_to_read_may_not(platform: Flask, web: WebProcess):
    assert is_problem(web.refusal(bearer(make_user(), "write")), 403)


@pytest.mark.parametrize("after", ["x", "-1", "", "1.5", "9" * 19, "1" * 400, "%00", "²"])
def test_a_place_to_resume_that_is_no_id_is_refused(platform: Flask, web: WebProcess, after: str):
    answer = web.refusal(bearer(make_user()), f"?after={after}")
    assert is_problem(answer, 422)
    assert "after" in json.loads(answer.body or b"")["errors"]


def test_unknown_parameters_are_refused(platform: Flask, web: WebProcess):
    assert is_problem(web.refusal(bearer(make_user()), "?before=3"), 422)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Upgrade": None, "Connection": None}, 426),
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": "é" * 16}, 400),
        ({"Sec-WebSocket-Version": "8"}, 400),
        ({"Sec-WebSocket-Version": None}, 400),
    ],
)
def test_what_is_no_handshake_gets_a_plain_answer(
    platform: Flask, web: WebProcess, changes: dict[str, str | None], status: int
):
    headers = {**HANDSHAKE, **bearer(make_user()), **changes}
    sent = {name: value.encode() for name, value in headers.items() if value is not None}
    answer = requests.get(web.url + PATH, headers=sent, timeout=5)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Content-Security-Policy" in answer.headers


def test_a_stranger_learns_nothing_from_a_plain_request(platform: Flask, web: WebProcess):
    for method in ("GET", "POST", "OPTIONS"):
        assert web.send(method, PATH).status_code in (401, 405)
