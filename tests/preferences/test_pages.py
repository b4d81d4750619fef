"""The page of preferences, with HTMX and without a script."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.models.user import User
from tests.factories import bearer, make_user, same_origin, sign_in

HTMX = {"HX-Request": "true"}
LOCKED = {"notification_type": "account_security_alert", "channel": "email", "enabled": "false"}
Post = Callable[..., TestResponse]


@pytest.fixture
def user(app: Flask, db_session: object) -> User:
    return make_user()


@pytest.fixture
def post(client: FlaskClient, user: User) -> Post:
    """Send a form as the member's browser does."""
    sign_in(client, user)

    def send(path: str, data: dict, **headers: str) -> TestResponse:
        return client.post(path, data=data, headers={**same_origin(client), **headers})

    return send


def switch(html: str, notification_type: str = "comment", channel: str = "email") -> str:
    """Return the tag of one switch."""
    found = re.search(rf'<input type="checkbox"[^>]*id="{notification_type}-{channel}"[^>]*>', html)
    assert found, html
    return found[0]


def is_on(html: str, notification_type: str = "comment", channel: str = "email") -> bool:
    return " checked" in switch(html, notification_type, channel)


def page(client: FlaskClient) -> str:
    response = client.get("/preferences")
    assert response.status_code == 200
    return response.get_data(as_text=True)


def whole_form(html: str) -> dict:
    """Return what a browser without a script would send."""
    tags = re.findall(r'<input type="checkbox"[^>]*>', html)
    on = [tag for tag in tags if " checked" in tag and " disabled" not in tag]
    shown = re.search(r'name="shown" value="([^"]*)"', html)
    channels = re.search(r'name="channels" value="([^"]*)"', html)
    assert shown and channels
    kept = re.findall(r'<input type="hidden" name="on"[^>]*>', html)
    ticked = [re.search(r'value="([^"]*)"', tag)[1] for tag in on + kept]  # type: ignore[index]
    return {"on": ticked, "shown": shown[1], "channels": channels[1]}


def test_a_stranger_signs_in_first(client: FlaskClient):
    response = client.get("/preferences")
    assert response.status_code == 303
    assert response.headers["Location"] == "/login?next=/preferences"
    for path in ("/preferences", "/preferences/cell", "/preferences/toggle"):
        assert client.post(path, headers=same_origin(client)).status_code == 303


def test_the_page_shows_every_type_and_locks_what_is_mandatory(client: FlaskClient, post: Post):
    html = page(client)
    assert is_on(html, "announcement", "email") and not is_on(html, "announcement", "push")
    assert " disabled" in switch(html, "account_security_alert", "email")
    assert "Email reaches you even if somebody else has taken your account." in html
    for words in ("Preferences", "Announcement", "Team", "Platform", "Email", "Push"):
        assert words in html


def test_summaries_are_not_offered_where_they_never_come(client: FlaskClient, user: User, post: Post):
    html = page(client)
    assert 'id="summary-email"' in html
    assert 'id="summary-in_app"' not in html
    summary = {"notification_type": "summary", "channel": "in_app", "enabled": True}
    # A choice that was stored over the API outlives the form, which does not show it.
    client.post("/api/notifications/preferences/", json=summary, headers=bearer(user))
    post("/preferences", whole_form(page(client)))
    stored = client.get("/api/notifications/preferences/", headers=bearer(user)).get_json()["results"]
    assert [(one["notification_type"], one["enabled"]) for one in stored] == [("summary", True)]


def test_the_page_speaks_french(client: FlaskClient, db_session: object):
    sign_in(client, make_user(locale="fr"))
    html = page(client)
    assert 'lang="fr"' in html
    for words in ("Préférences", "Annonce", "Équipe", "Plateforme", "Boîte de réception"):
        assert words in html


def test_a_switch_is_saved_as_it_stands_and_answered_alone(client: FlaskClient, post: Post):
    for enabled in ("true", "false", "false"):
        data = {"notification_type": "comment", "channel": "email", "enabled": enabled}
        response = post("/preferences/cell", data, **HTMX)
        html = response.get_data(as_text=True)
        assert response.status_code == 200
        assert html.strip().startswith("<td") and html.strip().endswith("</td>")
        assert is_on(html) is (enabled == "true")
        assert is_on(page(client)) is (enabled == "true")


def test_a_switch_without_a_script_leads_back_to_the_page(client: FlaskClient, post: Post):
    data = {"notification_type": "comment", "channel": "email", "enabled": "false"}
    response = post("/preferences/cell", data)
    assert (response.status_code, response.headers["Location"]) == (303, "/preferences")
    assert "Your preferences are saved." in page(client)


def test_a_locked_switch_stays_on(client: FlaskClient, post: Post):
    response = post("/preferences/cell", LOCKED, **HTMX)
    assert response.status_code == 422
    assert is_on(response.get_data(as_text=True), "account_security_alert")
    assert post("/preferences/cell", LOCKED).status_code == 303
    assert "Email reaches you even if" in page(client)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"enabled": "toggle"}, 422),
        ({"enabled": ""}, 422),
        ({"notification_type": "nonsense"}, 404),
        ({"notification_type": "\x00"}, 404),
        ({"channel": "pigeon"}, 404),
    ],
)
def test_a_switch_that_is_none_is_refused(post: Post, changes: dict, status: int):
    data = {"notification_type": "comment", "channel": "email", "enabled": "true", **changes}
    assert post("/preferences/cell", data, **HTMX).status_code == status


def test_a_whole_column_is_turned_off_in_place(client: FlaskClient, post: Post):
    response = post("/preferences/toggle?channel=email&enabled=false", {}, **HTMX)
    html = response.get_data(as_text=True)
    assert response.status_code == 200 and "<html" not in html
    assert not is_on(html) and is_on(html, "account_security_alert", "email")
    assert is_on(html, "announcement", "in_app")
    assert "cannot be turned off" in html
    assert not is_on(page(client))


def test_a_whole_row_is_turned_on_without_a_script(client: FlaskClient, post: Post):
    response = post(
        "/preferences/toggle?notification_type=comment&enabled=true", {"on": ["x:y"], "shown": "x"}
    )
    assert response.status_code == 303
    html = page(client)
    assert all(is_on(html, "comment", channel) for channel in ("in_app", "email", "push"))


@pytest.mark.parametrize("query", ["", "channel=email", "enabled=true", "channel=x&enabled=true"])
def test_a_row_or_column_that_is_none_is_refused(post: Post, query: str):
    assert post(f"/preferences/toggle?{query}", {}).status_code == 422


def test_the_whole_form_saves_what_was_changed_and_nothing_else(client: FlaskClient, post: Post):
    form = whole_form(page(client))
    form["on"].remove("announcement:email")
    form["on"].append("announcement:push")
    assert post("/preferences", form).status_code == 303
    html = page(client)
    assert not is_on(html, "announcement", "email") and is_on(html, "announcement", "push")
    stored = client.get("/api/notifications/preferences/").get_json()["results"]
    assert {(c["notification_type"], c["channel"]) for c in stored} == {
        ("announcement", c) for c in ("email", "push")
    }


def test_a_form_that_did_not_show_a_type_leaves_it_alone(client: FlaskClient, post: Post):
    form = whole_form(page(client))
    form["shown"] = form["shown"].replace("announcement ", "")
    form["on"] = []
    post("/preferences", form)
    html = page(client)
    assert is_on(html, "announcement", "email") and not is_on(html, "mention", "in_app")
    assert is_on(html, "account_security_alert", "email")


def test_only_whoever_has_a_webhook_is_asked_about_webhooks(client: FlaskClient, user: User, post: Post):
    assert 'id="comment-webhook"' not in page(client) and "Webhook" not in page(client)
    hook = {"kind": "webhook", "endpoint": "https://hooks.example.org/notifi"}
    made = client.post("/api/notifications/devices/", json=hook, headers=bearer(user)).get_json()
    assert not is_on(page(client), "comment", "webhook") and "Webhook" in page(client)
    choice = {"notification_type": "comment", "channel": "webhook", "enabled": "true"}
    assert is_on(post("/preferences/cell", choice, **HTMX).get_data(as_text=True), "comment", "webhook")
    client.delete(f"/api/notifications/devices/{made['id']}/", headers=bearer(user))
    assert 'id="comment-webhook"' not in page(client)


def test_a_form_that_did_not_show_a_channel_leaves_it_alone(client: FlaskClient, user: User, post: Post):
    cell = {"notification_type": "comment", "channel": "webhook", "enabled": "true"}
    post("/preferences/cell", cell, **HTMX)
    post("/preferences", {**whole_form(page(client)), "on": []})
    stored = client.get("/api/notifications/preferences/?channel=webhook").get_json()["results"]
    assert [choice["enabled"] for choice in stored] == [True]


def test_a_form_from_elsewhere_changes_nothing(client: FlaskClient, user: User):
    sign_in(client, user)
    for headers in (
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {**same_origin(client), "Sec-Fetch-Site": "same-site"},
    ):
        assert client.post("/preferences", data={"shown": "comment"}, headers=headers).status_code == 403
