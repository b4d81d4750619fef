"""How often and when, on the page of preferences: with HTMX and without a script."""

import datetime as dt
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hackitech.core.clock import now
from hackitech.models.user import User
from hackitech.preferences.settings_view import pause_end
from tests.factories import bearer, make_user, same_origin, sign_in
from tests.preferences.ledger import sent_back_then
from tests.preferences.test_pages import HTMX, Post, page, post, user, whole_form

__all__ = ["post", "user"]
NIGHT = {"quiet": ["0"], "quiet-0-days": ["mon", "sun"], "quiet-0-start": "22:00", "quiet-0-end": "07:00"}
SETTINGS = {"settings": "1", "daily_email_limit": ""}


def stored(client: FlaskClient, user: User) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(
        "/api/notifications/preferences/settings/", headers=bearer(user)
    ).get_json()
    return answer


def often(html: str, notification_type: str = "comment") -> str:
    """Return how often emails of a type are shown to come."""
    select = re.search(
        rf'<select[^>]*name="frequency:{notification_type}:email".*?</select>', html, re.DOTALL
    )
    assert select
    chosen = re.search(r'value="(\w+)" selected', select[0])
    assert chosen
    return chosen[1]


def test_how_often_is_asked_of_emails_that_can_wait(client: FlaskClient, post: Post):
    html = page(client)
    assert often(html) == "direct"
    assert not re.search(r'name="frequency:\w+:(push|in_app|webhook)"', html)
    assert 'name="frequency:account_security_alert:email"' not in html


def test_how_often_is_saved_with_its_switch(client: FlaskClient, post: Post):
    cell = {"notification_type": "comment", "channel": "email", "enabled": "true"}
    assert (
        often(post("/preferences/cell", {**cell, "frequency": "daily"}, **HTMX).get_data(as_text=True))
        == "daily"
    )
    assert (
        often(post("/preferences/cell", {**cell, "frequency": ""}, **HTMX).get_data(as_text=True)) == "daily"
    )
    assert post("/preferences/cell", {**cell, "frequency": "yearly"}, **HTMX).status_code == 422
    late = {**cell, "channel": "in_app", "frequency": "daily"}
    assert post("/preferences/cell", late, **HTMX).status_code == 422
    assert often(page(client)) == "daily"


def test_the_whole_form_saves_how_often(client: FlaskClient, post: Post):
    form = whole_form(page(client)) | {
        "frequency:comment:email": "weekly",
        "frequency:mention:email": "never",
    }
    assert post("/preferences", form).status_code == 303
    assert (often(page(client)), often(page(client), "mention")) == ("weekly", "direct")


def test_the_whole_form_saves_quiet_hours_and_limit(client: FlaskClient, user: User, post: Post):
    form = whole_form(page(client)) | SETTINGS | NIGHT | {"daily_email_limit": " 5 "}
    assert post("/preferences", form).status_code == 303
    assert stored(client, user)["quiet_hours"] == [{"days": ["mon", "sun"], "start": "22:00", "end": "07:00"}]
    assert stored(client, user)["daily_email_limit"] == 5
    html = page(client)
    assert "Your preferences are saved." in html and 'value="22:00"' in html
    assert post("/preferences", whole_form(html) | SETTINGS).status_code == 303
    assert (stored(client, user)["quiet_hours"], stored(client, user)["daily_email_limit"]) == ([], None)


def test_a_form_without_settings_leaves_them_alone(client: FlaskClient, user: User, post: Post):
    post("/preferences", SETTINGS | NIGHT)
    post("/preferences", {"on": [], "shown": "comment", "channels": "email"})
    assert len(stored(client, user)["quiet_hours"]) == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"quiet-0-days": []}, "quiet-0-days", "Choose at least one day."),
        ({"quiet-0-start": ""}, "quiet-0-start", "Say when quiet hours begin and end"),
        ({"quiet-0-end": "late"}, "quiet-0-end", "Say when quiet hours begin and end"),
        ({"quiet-0-end": "22:00"}, "quiet-0-end", "Quiet hours end at another time than they begin."),
        ({"daily_email_limit": "0"}, "daily_email_limit", "The limit of emails is a whole number"),
        ({"daily_email_limit": "many"}, "daily_email_limit", "The limit of emails is a whole number"),
        ({"daily_email_limit": "9" * 30}, "daily_email_limit", "The limit of emails is a whole number"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_saved(
    client: FlaskClient, user: User, post: Post, changes: dict, field: str, words: str
):
    form = {**whole_form(page(client)), **SETTINGS, **NIGHT, **changes, "on": []}
    before = stored(client, user)
    for headers in ({}, HTMX):
        response = post("/preferences", form, **headers)
        html = response.get_data(as_text=True)
        assert response.status_code == 422
        assert words in html and f'id="{field}-error"' in html and f'href="#{field}"' in html
        assert ("<html" in html) is not headers
    assert stored(client, user) == before
    assert client.get("/api/notifications/preferences/").get_json()["results"] == []


def test_a_week_that_is_quiet_throughout_is_refused_in_words(client: FlaskClient, post: Post):
    every = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    day = {f"quiet-{n}-{name}": value for n in (0, 1) for name, value in [("days", every)]}
    times = {
        "quiet-0-start": "00:00",
        "quiet-0-end": "12:00",
        "quiet-1-start": "12:00",
        "quiet-1-end": "00:00",
    }
    response = post("/preferences", {**SETTINGS, **day, **times, "quiet": ["0", "1"]})
    assert response.status_code == 422
    assert "Leave some time of the week without quiet hours." in response.get_data(as_text=True)


def test_buttons_add_and_remove_quiet_hours_and_save_nothing(client: FlaskClient, user: User, post: Post):
    def step(name: str, **headers: str) -> str:
        form = {**whole_form(page(client)), **SETTINGS, **NIGHT, "step": name}
        response = post("/preferences/draft", form, **headers)
        assert response.status_code == 200
        return response.get_data(as_text=True)

    for headers in ({}, HTMX):
        html = step("work", **headers)
        assert 'id="quiet-0"' in html and 'id="quiet-1"' in html and 'value="09:00"' in html
        assert 'id="quiet-0"' not in step("remove-0", **headers)
        assert 'id="quiet-0"' in step("remove-7", **headers)
    assert step("night").count('class="quiet"') == 2
    assert stored(client, user)["quiet_hours"] == []


def test_what_was_typed_outlives_a_step_without_a_script(client: FlaskClient, post: Post):
    form = {**whole_form(page(client)), **SETTINGS, "daily_email_limit": "12"}
    form["on"].append("comment:email")
    form["frequency:mention:email"] = "hourly"
    html = post("/preferences/draft", {**form, "step": "night"}).get_data(as_text=True)
    assert re.search(r'id="comment-email"[^>]* checked', html)
    assert often(html, "mention") == "hourly" and 'value="12"' in html
    assert not re.search(r'id="comment-email"[^>]* checked', page(client))


def test_there_is_room_for_fourteen(client: FlaskClient, post: Post):
    form = {**SETTINGS, "quiet": [str(n) for n in range(14)], "step": "work"}
    html = post("/preferences/draft", form).get_data(as_text=True)
    assert html.count('class="quiet"') == 14 and "quiet-add-work" not in html


def test_the_preview_compares_before_anything_is_saved(client: FlaskClient, user: User, post: Post):
    for hours in range(1, 6):
        sent_back_then(user.id, 10 + hours / 24)
    form = {**whole_form(page(client)), **SETTINGS, "step": "preview"}
    same = post("/preferences/draft", form, **HTMX).get_data(as_text=True)
    assert "the last 30 days would have been the same: 5 emails and 0 pushes." in same
    assert "Not saved yet" not in same and 'id="settings"' not in same
    form["on"].remove("mention:email")
    for headers in ({}, HTMX):
        less = post("/preferences/draft", form, **headers).get_data(as_text=True)
        assert "would have been 0 emails and 0 pushes, instead of 5 and 0." in less
        assert "Not saved yet" in less
    assert "5 emails" in post("/preferences/draft", {"step": "preview"}).get_data(as_text=True)


def test_the_preview_speaks_french(client: FlaskClient, db_session: object):
    member = make_user(locale="fr")
    sign_in(client, member)
    noon = dt.datetime.combine(now().date() - dt.timedelta(days=10), dt.time(12), dt.UTC)
    for hours in range(3):
        sent_back_then(member.id, (now() - noon) / dt.timedelta(days=1) - hours / 24)
    form = {"settings": "1", "daily_email_limit": "1", "step": "preview"}
    html = client.post("/preferences/draft", data=form, headers=same_origin(client)).get_data(as_text=True)
    assert "les 30 derniers jours auraient été 2 emails et 0 push, au lieu de 3 et 0." in html


def test_a_preview_of_what_cannot_be_says_so(client: FlaskClient, post: Post):
    form = {**SETTINGS, **NIGHT, "quiet-0-end": "", "step": "preview"}
    assert "Complete the settings above" in post("/preferences/draft", form, **HTMX).get_data(as_text=True)
    whole = post("/preferences/draft", form).get_data(as_text=True)
    assert "Complete the settings above" in whole and 'id="quiet-0-end-error"' in whole


def test_a_pause_begins_and_ends(client: FlaskClient, user: User, post: Post):
    assert post("/preferences/pause", {"for": "tomorrow"}).status_code == 303
    html = page(client)
    assert "Paused until" in html and "Resume" in html
    assert dt.datetime.fromisoformat(stored(client, user)["paused_until"]) > now()
    over = post("/preferences/pause", {"for": ""}, **HTMX).get_data(as_text=True)
    assert "The pause is over." in over and "Resume" not in over
    assert stored(client, user)["paused_until"] is None


@pytest.mark.parametrize("date", ["", "yesterday", "2020-01-01", "2199-01-01", "9999-12-31", "0001-01-01"])
def test_a_pause_until_no_good_day_is_refused(client: FlaskClient, user: User, post: Post, date: str):
    for headers in ({}, HTMX):
        response = post("/preferences/pause", {"for": "date", "date": date}, **headers)
        assert response.status_code == (422 if headers else 303)
        html = response.get_data(as_text=True) if headers else page(client)
        assert "Choose a day to come, within a year." in html
    assert stored(client, user)["paused_until"] is None


@pytest.mark.parametrize(
    ("choice", "date", "expected"),
    [
        ("tomorrow", "", "2026-03-29T06:00:00+00:00"),  # clocks go forward that night
        ("monday", "", "2026-03-30T06:00:00+00:00"),
        ("date", "2026-12-24", "2026-12-24T07:00:00+00:00"),
    ],
)
def test_a_pause_ends_in_the_morning_by_the_members_clock(choice: str, date: str, expected: str):
    saturday = dt.datetime(2026, 3, 28, 15, tzinfo=dt.UTC)
    end = pause_end(choice, date, saturday, "Europe/Paris")
    assert end is not None and end.isoformat() == expected


def test_on_a_monday_the_next_one_is_meant():
    monday = dt.datetime(2026, 6, 1, 5, tzinfo=dt.UTC)
    assert pause_end("monday", "", monday, "Europe/Paris") == dt.datetime(2026, 6, 8, 6, tzinfo=dt.UTC)


def test_strangers_set_nothing(app: Flask, client: FlaskClient):
    for path in ("/preferences/draft", "/preferences/pause"):
        assert client.post(path).status_code in (303, 403)
