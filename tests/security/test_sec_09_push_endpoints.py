"""Security 9: a push endpoint leads to a known push service, and a webhook never into our own network."""

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


INSIDE = [
    "http://hooks.example.org/notifi",
    "https://hooks.example.org:8443/notifi",
    "https://user:secret@hooks.example.org/notifi",
    "https://localhost/notifi",
    "https://127.0.0.1/notifi",
    "https://127.1/notifi",
    "https://10.0.0.5/notifi",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/notifi",
    "https://[::ffff:10.0.0.5]/notifi",
    "https://hooks.example.org\\@10.0.0.5/notifi",
]


@pytest.mark.parametrize("endpoint", INSIDE)
def test_sec_09_a_webhook_leads_to_a_public_host_over_tls(client: FlaskClient, endpoint: str) -> None:
    body = {"kind": "webhook", "endpoint": endpoint}
    answer = client.post("/api/notifications/devices/", json=body, headers=bearer(make_user()))
    assert answer.status_code == 422 and "endpoint" in answer.get_json()["errors"]


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
