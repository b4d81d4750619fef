"""Security 9: a push endpoint leads to a known push service and to nowhere else."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.channels.push_server import Browser
from tests.factories import bearer, make_user

pytestmark = pytest.mark.usefixtures("db_session")

ELSEWHERE = [
    "https://127.0.0.1/push",
    "https://localhost/push",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/push",
    "http://fcm.googleapis.com/fcm/send/x",
    "https://fcm.googleapis.com:8443/fcm/send/x",
    "https://user:secret@fcm.googleapis.com/fcm/send/x",
    "https://fcm.googleapis.com.evil.example/x",
    "https://evilpush.apple.com.example/x",
    "https://evil.example/fcm.googleapis.com",
    "ftp://fcm.googleapis.com/x",
    "//fcm.googleapis.com/x",
    "https://fcm.googleapis.com\\@evil.example/x",
]


def register(client: FlaskClient, endpoint: str) -> int:
    browser = Browser()
    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    body = {"kind": "webpush", "endpoint": endpoint, "keys": keys}
    answer = client.post("/api/notifications/devices/", json=body, headers=bearer(make_user()))
    if answer.status_code == 422:
        assert "endpoint" in answer.get_json()["errors"]
    return answer.status_code


@pytest.mark.parametrize("endpoint", ELSEWHERE)
def test_sec_09_an_endpoint_elsewhere_is_refused(client: FlaskClient, endpoint: str) -> None:
    assert register(client, endpoint) == 422


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://db5p.notify.windows.com/w/?token=abc",
    ],
)
def test_sec_09_the_known_services_are_accepted(app: Flask, client: FlaskClient, endpoint: str) -> None:
    assert register(client, endpoint) == 201
