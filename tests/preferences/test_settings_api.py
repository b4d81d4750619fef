"""Quiet hours, a pause and a daily limit over JSON."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.notification_settings import WEEKDAYS, NotificationSettings
from hackitech.models.rules import Rule
from tests.callers import People, errors_of, make_caller
from tests.preferences.test_frequency import held, is_due

NIGHT = {"days": list(WEEKDAYS), "start": "22:00", "end": "07:00"}
NOTHING: dict[str, Any] = {
    "quiet_hours": [],
    "paused_until": None,
    "daily_email_limit": None,
    "timezone": "Europe/Paris",
}
PATH = "preferences/settings/"


def in_days(days: float) -> str:
    return (now() + dt.timedelta(days=days)).isoformat()


def test_nothing_is_limited_until_a_member_says_so(people: People):
    assert people.member.get(PATH).get_json() == NOTHING
    assert people.member.patch(PATH, {}).get_json() == NOTHING


def test_each_setting_is_stored_by_itself_and_returned(people: People):
    until = in_days(30)
    wanted = dict(NOTHING)
    for name, value in [("quiet_hours", [NIGHT]), ("paused_until", until), ("daily_email_limit", 5)]:
        wanted[name] = people.member.patch(PATH, {name: value}).get_json()[name]
        assert wanted[name] and people.member.get(PATH).get_json() == wanted
    assert wanted["quiet_hours"] == [NIGHT] and wanted["daily_email_limit"] == 5
    assert dt.datetime.fromisoformat(wanted["paused_until"]) == dt.datetime.fromisoformat(until)
    for name in ("quiet_hours", "paused_until", "daily_email_limit"):
        people.member.patch(PATH, {name: None})
    assert people.member.get(PATH).get_json() == NOTHING


def test_settings_are_ones_own_and_in_ones_own_zone(people: People, app: Flask):
    far = make_caller(app, timezone="Australia/Lord_Howe")
    far.patch(PATH, {"daily_email_limit": 1})
    assert far.get(PATH).get_json() == {**NOTHING, "daily_email_limit": 1, "timezone": "Australia/Lord_Howe"}
    assert people.admin.get(PATH).get_json() == NOTHING


def test_one_stretch_alone_is_a_list_of_one_and_without_days_it_is_of_every_day(people: People):
    alone = {"start": "22:00", "end": "07:00"}
    assert people.member.patch(PATH, {"quiet_hours": alone}).get_json()["quiet_hours"] == [NIGHT]


def test_days_come_in_the_order_of_the_week_and_once(people: People):
    given = {**NIGHT, "days": ["sun", "mon", "sun", "wed"]}
    stored = people.member.patch(PATH, {"quiet_hours": [given]}).get_json()["quiet_hours"]
    assert stored == [{**NIGHT, "days": ["mon", "wed", "sun"]}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quiet_hours": "night"}, "quiet_hours"),
        ({"quiet_hours": [NIGHT] * 15}, "quiet_hours"),
        ({"quiet_hours": ["night"]}, "quiet_hours.0"),
        ({"quiet_hours": [None]}, "quiet_hours.0"),
        ({"quiet_hours": [NIGHT, {**NIGHT, "start": "7"}]}, "quiet_hours.1.start"),
        ({"quiet_hours": [{**NIGHT, "start": "24:00"}]}, "quiet_hours.0.start"),
        ({"quiet_hours": [{**NIGHT, "start": "07:00\n"}]}, "quiet_hours.0.start"),
        ({"quiet_hours": [{**NIGHT, "end": "٠٧:٠٠"}]}, "quiet_hours.0.end"),
        ({"quiet_hours": [{**NIGHT, "end": None}]}, "quiet_hours.0.end"),
        ({"quiet_hours": [{**NIGHT, "end": "22:00"}]}, "quiet_hours.0.end"),
        ({"quiet_hours": {"start": "22:00"}}, "quiet_hours.0.end"),
        ({"quiet_hours": [{**NIGHT, "days": []}]}, "quiet_hours.0.days"),
        ({"quiet_hours": [{**NIGHT, "days": ["mon", "lundi"]}]}, "quiet_hours.0.days.1"),
        ({"quiet_hours": [{**NIGHT, "days": "mon"}]}, "quiet_hours.0.days"),
        ({"quiet_hours": [{**NIGHT, "zone": "UTC"}]}, "quiet_hours.0.zone"),
        ({"paused_until": "tomorrow"}, "paused_until"),
        ({"paused_until": "2026-12-24T08:00:00"}, "paused_until"),
        ({"paused_until": "2020-01-01T00:00:00Z"}, "paused_until"),
        ({"paused_until": "2199-01-01T00:00:00Z"}, "paused_until"),
        ({"daily_email_limit": 0}, "daily_email_limit"),
        ({"daily_email_limit": 1001}, "daily_email_limit"),
        ({"daily_email_limit": "5"}, "daily_email_limit"),
        ({"daily_email_limit": True}, "daily_email_limit"),
        ({"timezone": "UTC"}, "timezone"),
        ({"user_id": 1}, "user_id"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_changed(people: People, body: dict, field: str):
    assert list(errors_of(people.member.patch(PATH, {"daily_email_limit": 7, **body}))) == [field]
    assert people.member.get(PATH).get_json() == NOTHING


@pytest.mark.parametrize(
    ("quiet", "taken"),
    [
        ([{"start": "00:00", "end": "12:00"}, {"start": "12:00", "end": "00:00"}], False),
        ([{"start": "18:00", "end": "12:00"}, {"start": "11:00", "end": "18:00"}], False),
        ([{"start": "18:00", "end": "12:00"}, {"start": "12:00", "end": "17:59"}], True),
        (
            [{"start": "22:00", "end": "07:00"}, {"days": ["sat", "sun"], "start": "00:00", "end": "23:59"}],
            True,
        ),
    ],
)
def test_some_time_of_the_week_is_left(people: People, quiet: list, taken: bool):
    response = people.member.patch(PATH, {"quiet_hours": quiet})
    assert response.status_code == (200 if taken else 422)


def test_a_pause_of_a_year_is_taken_and_one_that_is_over_is_none(people: People):
    assert people.member.patch(PATH, {"paused_until": in_days(365)}).status_code == 200
    with atomic() as session:
        over = sa.update(NotificationSettings).values(paused_until=now())
        session.execute(over.where(NotificationSettings.user_id == people.member.id))
    assert people.member.get(PATH).get_json()["paused_until"] is None


def test_a_stale_if_match_changes_nothing(people: People):
    etag = people.member.get(PATH).headers["ETag"]
    assert people.member.get(PATH, If_None_Match=etag).status_code == 304
    assert people.member.patch(PATH, {"daily_email_limit": 5}, If_Match=etag).status_code == 200
    assert people.member.patch(PATH, {"daily_email_limit": 9}, If_Match=etag).status_code == 412
    assert people.member.get(PATH).get_json()["daily_email_limit"] == 5


def test_a_reader_reads_and_changes_nothing(app: Flask, db_session: object):
    reader = make_caller(app, scopes=("read",))
    assert reader.get(PATH).status_code == 200
    assert reader.patch(PATH, {"daily_email_limit": 5}).status_code == 403


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        (Rule.QUIET_HOURS, {"quiet_hours": []}),
        (Rule.PAUSED, {"paused_until": None}),
        (Rule.DAILY_LIMIT, {"daily_email_limit": 9}),
    ],
)
def test_what_a_changed_rule_holds_is_judged_anew_and_nothing_else(people: People, rule: Rule, body: dict):
    ours, kept, others = held(people.member, rule=rule), held(people.member), held(people.other, rule=rule)
    assert people.member.patch(PATH, body).status_code == 200
    assert (is_due(ours), is_due(kept), is_due(others)) == (True, False, False)


def test_what_was_counted_today_outlives_a_change(people: People):
    people.member.patch(PATH, {"daily_email_limit": 5})
    own = NotificationSettings.user_id == people.member.id
    with atomic() as session:
        session.execute(
            sa.update(NotificationSettings).where(own).values(emails_on=now().date(), emails_sent=3)
        )
    people.member.patch(PATH, {"daily_email_limit": 9})
    assert db.session.scalar(sa.select(NotificationSettings.emails_sent).where(own)) == 3
