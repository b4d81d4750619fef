"""The page of devices, with HTMX and without a script."""

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.devices.devices_view import browser_name
from hackitech.devices.service import MOST
from hackitech.devices.trial_service import MOST as MOST_TESTS
from hackitech.devices.trial_service import TRIAL
from hackitech.models.delivery import Delivery
from hackitech.models.device import Device
from hackitech.models.notification import Notification
from hackitech.models.user import User
from tests.callers import Caller
from tests.channels.receiver import Receiver
from tests.devices.test_api import ENDPOINT as PUSH_ENDPOINT
from tests.devices.test_api import browser, listed, phone, register
from tests.devices.test_webhooks import ENDPOINT, webhook
from tests.factories import bearer, make_user, same_origin, sign_in
from tests.faults.engine import run

HTMX = {"HX-Request": "true"}
NEW = {"name": "Team bot", "endpoint": ENDPOINT}
Post = Callable[..., TestResponse]


@pytest.fixture
def user(app: Flask, db_session: object) -> User:
    return make_user()


@pytest.fixture
def caller(app: Flask, user: User) -> Caller:
    """The member's app, which calls the JSON API."""
    return Caller(app.test_client(), bearer(user), user.id)


@pytest.fixture
def post(client: FlaskClient, user: User) -> Post:
    """Send a form as the member's browser does."""
    sign_in(client, user)

    def send(path: str, data: dict | None = None, **headers: str) -> TestResponse:
        return client.post(path, data=data or {}, headers={**same_origin(client), **headers})

    return send


@pytest.fixture
def receiver(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A program at an address that the application may call."""
    with Receiver() as server:
        monkeypatch.setitem(app.config, "WEBHOOK_HOSTS", [server.host])
        yield server


def page(client: FlaskClient) -> str:
    response = client.get("/devices")
    assert response.status_code == 200
    return response.get_data(as_text=True)


def names(html: str) -> list[str]:
    return re.findall(r'<h3 id="device-\d+">(.*?) <span', html)


def secret_in(response: TestResponse) -> str:
    found = re.search(r'id="secret" readonly value="([^"]+)"', response.get_data(as_text=True))
    assert found
    return found[1]


def state(html: str, device_id: int) -> str:
    found = re.search(rf'<p class="device__state small" id="state-{device_id}".*?</p>', html, re.DOTALL)
    assert found
    return found[0]


def meant() -> list[tuple[str, int]]:
    """Return channel and target of what is to leave."""
    db.session.rollback()
    query = sa.select(Delivery.channel, Delivery.target).where(Delivery.status != "suppressed")
    return [(channel, target) for channel, target in db.session.execute(query)]


def test_a_stranger_signs_in_first(client: FlaskClient):
    assert client.get("/devices").headers["Location"] == "/login?next=/devices"
    for path in ("/devices", "/devices/1/rename", "/devices/1/test", "/devices/1/remove"):
        assert client.post(path, headers=same_origin(client)).status_code == 303
    for path in ("/devices/1/state", "/devices/registration"):
        assert client.get(path).status_code == 303


def test_what_is_sent_must_come_from_our_page(client: FlaskClient, post: Post, caller: Caller):
    device = register(caller, phone())
    for path in ("/devices", f"/devices/{device['id']}/remove", f"/devices/{device['id']}/test"):
        assert client.post(path).status_code == 403
    assert listed(caller) == [device]


def test_devices_are_listed_newest_first_and_nothing_that_could_reach_them(
    client: FlaskClient, post: Post, caller: Caller
):
    register(caller, browser(name="Firefox, Linux"))
    register(caller, phone(name=""))
    register(caller, webhook())
    html = page(client)
    assert names(html) == ["Team bot", "Android app", "Firefox, Linux"]
    assert "hooks.example.org" in html and "Nothing was sent to it lately." in html
    for secret in (PUSH_ENDPOINT, phone()["token"], ENDPOINT, "whsec_"):
        assert secret not in html


def test_the_page_speaks_french(client: FlaskClient, db_session: object):
    sign_in(client, make_user(locale="fr"))
    html = page(client)
    for words in ("Appareils", "Ce navigateur", "Activer dans ce navigateur", "Ajouter un webhook"):
        assert words in html


def test_other_members_devices_are_out_of_reach(client: FlaskClient, post: Post, app: Flask):
    other = make_user()
    theirs = register(Caller(app.test_client(), bearer(other), other.id), phone())
    for verb in ("rename", "test", "remove"):
        foreign, unknown = (post(f"/devices/{i}/{verb}", {"name": "x"}) for i in (theirs["id"], 999))
        assert foreign.status_code == unknown.status_code == 404
    assert client.get(f"/devices/{theirs['id']}/state", headers=HTMX).status_code == 404
    assert names(page(client)) == []


def test_a_device_is_removed(client: FlaskClient, post: Post, caller: Caller):
    kept, gone = register(caller, webhook()), register(caller, phone())
    answer = post(f"/devices/{gone['id']}/remove")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/devices")
    html = page(client)
    assert "Removed." in html and names(html) == ["Team bot"]
    swapped = post(f"/devices/{kept['id']}/remove", **HTMX).get_data(as_text=True)
    assert swapped.count("hx-swap-oob") == 2 and "No device yet" in swapped
    assert listed(caller) == []


def test_a_device_is_renamed(client: FlaskClient, post: Post, caller: Caller):
    path = f"/devices/{register(caller, phone())['id']}/rename"
    assert names(post(path, {"name": "  <b>Pixel</b> "}, **HTMX).get_data(as_text=True)) == [
        "&lt;b&gt;Pixel&lt;/b&gt;"
    ]
    assert post(path, {"name": " "}).status_code == 303
    assert listed(caller)[0]["name"] == "<b>Pixel</b>"
    post(path, {"name": "x" * 300})
    assert listed(caller)[0]["name"] == "x" * 100
    assert post(path, {"name": "a\0b"}).status_code == 422


def test_a_webhook_is_added_and_its_secret_shown_once(client: FlaskClient, post: Post, caller: Caller):
    answer = post("/devices", NEW)
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    secret = secret_in(answer)
    Webhook(secret)  # as its receiver will read it
    assert [device["name"] for device in listed(caller)] == ["Team bot"]
    again = post("/devices", {**NEW, "name": ""})
    assert again.status_code == 303
    assert secret not in page(client) and names(page(client)) == ["Team bot"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "endpoint"),
        ({"endpoint": "http://hooks.example.org/"}, "endpoint"),
        ({"endpoint": "https://localhost/"}, "endpoint"),
        ({"endpoint": "https://me:pw@hooks.example.org/"}, "endpoint"),
        ({"endpoint": ENDPOINT, "name": "x" * 101}, "name"),
    ],
)
def test_a_webhook_that_cannot_be_called_is_refused_and_what_was_typed_stays(
    post: Post, caller: Caller, form: dict, field: str
):
    answer = post("/devices", form)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in html and f'id="{field}-error"' in html
    assert all(f'value="{typed}"' in html for typed in form.values())
    assert listed(caller) == []


def test_who_has_too_many_is_told_so(post: Post, caller: Caller):
    for number in range(MOST):
        register(caller, phone(token=f"token-{number}"))
    answer = post("/devices", NEW)
    assert answer.status_code == 409 and "Remove one first." in answer.get_data(as_text=True)


def test_a_test_reaches_that_device_alone_and_no_inbox(client: FlaskClient, post: Post, caller: Caller):
    register(caller, browser())
    register(caller, browser(endpoint=PUSH_ENDPOINT + "2"))
    register(caller, webhook())
    device = register(caller, browser(endpoint=PUSH_ENDPOINT + "3"))
    caller.post("preferences/toggle_all/", {"enabled": False, "channel": "push"})
    assert post(f"/devices/{device['id']}/test").status_code == 303
    assert meant() == [("push", device["id"])]
    assert caller.get("notifications/").get_json()["results"] == []
    assert caller.get("notifications/unread_count/").get_json()["unread_count"] == 0
    html = page(client)
    assert "A test is on its way" in html and "Waiting" in state(html, device["id"])


def test_a_test_goes_the_way_of_every_notification(
    client: FlaskClient, post: Post, receiver: Receiver, redis_url: str
):
    receiver.secret = secret_in(post("/devices", {"name": "Bot", "endpoint": f"{receiver.origin}/hook"}))
    post("/devices", {"name": "Other", "endpoint": f"{receiver.origin}/other"})
    device, _other = db.session.scalars(sa.select(Device.id).order_by(Device.id))
    waiting = post(f"/devices/{device}/test", **HTMX).get_data(as_text=True)
    assert "hx-trigger" in state(waiting, device)
    assert run(redis_url, "webhook") == 1
    [push] = receiver.pushes
    told = receiver.read(push)["data"]["notification"]
    assert (push.path, told["notification_type"], told["title"]) == ("/hook", TRIAL, "It works!")
    assert "Bot" in told["message"]
    after = client.get(f"/devices/{device}/state", headers=HTMX).get_data(as_text=True)
    assert "Sent" in after and "hx-trigger" not in after and 'id="announce"' in after
    assert client.get(f"/devices/{device}/state").headers["Location"] == "/devices"


def test_a_failed_test_says_what_the_other_side_answered(
    client: FlaskClient, post: Post, receiver: Receiver, redis_url: str
):
    receiver.secret = "whsec_bm90LXRoZS1zZWNyZXQtb2YtdGhhdC1vbmU="
    post("/devices", {"name": "Bot", "endpoint": f"{receiver.origin}/hook"})
    device = db.session.scalars(sa.select(Device.id)).one()
    post(f"/devices/{device}/test")
    run(redis_url, "webhook")
    shown = state(page(client), device)
    assert "Failed" in shown and "401" in shown


def test_a_device_that_this_server_cannot_reach_says_so(client: FlaskClient, post: Post, caller: Caller):
    device = register(caller, phone())
    post(f"/devices/{device['id']}/test")
    shown = state(page(client), device["id"])
    assert "Not sent" in shown and "not set up to reach this kind" in shown


def test_what_is_disabled_says_why_and_is_not_tested(client: FlaskClient, post: Post, caller: Caller):
    device = register(caller, webhook())
    db.session.execute(sa.update(Device).values(disabled_at=now()))
    html = page(client)
    assert "Disabled" in state(html, device["id"]) and "410" in state(html, device["id"])
    assert "Send a test" not in html
    assert post(f"/devices/{device['id']}/test").status_code == 409
    assert meant() == []


def test_tests_are_few_in_a_minute(post: Post, caller: Caller):
    path = f"/devices/{register(caller, webhook())['id']}/test"
    answers = [post(path, **HTMX) for _ in range(MOST_TESTS.amount + 1)]
    assert [answer.status_code for answer in answers] == [200] * MOST_TESTS.amount + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == MOST_TESTS.amount


def test_nobody_else_sends_tests_and_nobody_chooses_about_them(caller: Caller, app: Flask):
    admin = make_user("admin")
    sender = Caller(app.test_client(), bearer(admin, "send", "admin"), admin.id)
    body = {"notification_type": TRIAL, "recipient": caller.id, "title": "T", "message": "M"}
    assert sender.post("notifications/", body).status_code == 422
    for path in ("types/", "preferences/my_preferences/"):
        assert TRIAL not in caller.get(path).get_data(as_text=True)


def test_the_service_worker_is_told_what_it_registers_with(client: FlaskClient, post: Post, caller: Caller):
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"}
    told = client.get("/devices/registration", headers=agent).get_json()
    key = caller.get("devices/vapid_key/").get_json()["public_key"]
    assert (told["public_key"], told["name"]) == (key, "Firefox, Linux")
    proof = {"X-CSRFToken": told["csrf_token"], "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/notifications/devices/", json=browser(), headers=proof).status_code == 201


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/142 Safari/537 Edg/142", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537 Chrome/142 Mobile Safari/537", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) AppleWebKit/605 Version/19 Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) AppleWebKit/605 Version/19 Safari/605", "Safari, macOS"),
        ("curl", "Browser"),
    ],
)
def test_browsers_are_called_what_their_users_call_them(app: Flask, agent: str, name: str):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert browser_name(agent) == name
