"""Which push addresses may be registered and called."""

import base64

import pytest
from flask import Flask

from hackitech.channels.endpoints import parse_endpoint
from hackitech.channels.webpush import check_endpoint, check_keys
from tests.channels.push_server import Browser


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://autopush.prod.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%3d",
        "https://web.push.apple.com/QGuQ",
        "https://FCM.googleapis.com:443/x",
    ],
)
def test_the_known_push_services_are_allowed(channel_app: Flask, url: str):
    check_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "fcm.googleapis.com/x",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:0/x",
        "https://fcm.googleapis.com:x/x",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://user:pw@fcm.googleapis.com/x",
        "https://@fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://evilfcm.googleapis.com/x",
        "https://notify.windows.com/x",
        "https://evilpush.apple.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://169.254.169.254/latest",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://fcm.googleapis.com/x\r\nHost: evil",
        "https://fcm.googleapis.com/é",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com /x",
        "https://fcm.googleapis\t.com/x",
        "ftp://fcm.googleapis.com/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://fcm.googleapis.com/" + "x" * 2000,
        "https://[/x",
    ],
)
def test_everything_else_is_refused(channel_app: Flask, url: str):
    with pytest.raises(ValueError):
        check_endpoint(url)


def test_a_test_host_is_allowed_as_it_is_written():
    hosts = ["127.0.0.1:8080", "push.test"]
    assert parse_endpoint("http://127.0.0.1:8080/a?b=c", hosts).path == "/a?b=c"
    assert parse_endpoint("https://push.test:9000/a", hosts).origin == "https://push.test:9000"
    for url in ("http://127.0.0.1:8081/a", "http://127.0.0.1/a", "ftp://push.test/a"):
        with pytest.raises(ValueError):
            parse_endpoint(url, hosts)


def test_a_test_host_does_not_open_the_known_ones_to_http():
    with pytest.raises(ValueError):
        parse_endpoint("http://fcm.googleapis.com/x", ["127.0.0.1"])


def test_the_keys_of_a_browser_are_accepted_with_and_without_padding(browser: Browser):
    check_keys(browser.p256dh, browser.auth)
    check_keys(browser.p256dh + "=", browser.auth + "==")


OFF_CURVE = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()


@pytest.mark.parametrize("key", ["", "AAAA", "*" * 87, OFF_CURVE, "é" * 87, "A" * 5000])
def test_a_key_that_is_no_point_on_the_curve_is_refused(browser: Browser, key: str):
    with pytest.raises(ValueError, match="p256dh"):
        check_keys(key, browser.auth)


@pytest.mark.parametrize("key", ["", "AAAA", "*" * 22, "A" * 43, "é" * 22])
def test_a_secret_of_the_wrong_length_is_refused(browser: Browser, key: str):
    with pytest.raises(ValueError, match="auth"):
        check_keys(browser.p256dh, key)
