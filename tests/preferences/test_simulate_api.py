"""The last 30 days under other settings, over JSON and from a real ledger."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.channels.registry import channel_keys
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.models.delivery import Delivery
from hackitech.models.digest import Digest
from hackitech.models.rules import Rule
from hackitech.preferences import simulation_service
from tests.callers import Caller, People, errors_of, make_caller
from tests.preferences.ledger import sent_back_then

PATH = "preferences/simulate/"
NIGHT = {"start": "22:00", "end": "07:00"}


def had(caller: Caller, days_ago: float, notification_type: str = "mention", **fields: object) -> None:
    sent_back_then(caller.id, days_ago, notification_type, **fields)


def simulate(caller: Caller, **body: object) -> dict:
    response = caller.post(PATH, body)
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict = response.get_json()
    return answer


def test_a_member_without_a_past_sees_nothing_but_noughts(people: People):
    answer = simulate(people.member)
    noughts = dict.fromkeys(channel_keys(), 0)
    assert answer == {
        **{"days": 30, "from": answer["from"], "to": answer["to"]},
        **{"sent": noughts, "would_be": noughts, "cut": False},
    }
    start, end = (dt.datetime.fromisoformat(answer[side]) for side in ("from", "to"))
    assert end - start == dt.timedelta(days=30)


def test_without_a_change_it_is_what_was_sent(people: People):
    for day in range(1, 6):
        had(people.member, day)
    had(people.other, 1)
    answer = simulate(people.member)
    assert answer["sent"] == answer["would_be"]
    assert (answer["sent"]["email"], answer["sent"]["in_app"]) == (5, 5)


def test_choices_are_tried_and_not_stored(people: People):
    for day in range(1, 6):
        had(people.member, day)
        had(people.member, day, "comment")
    choices = [
        {"notification_type": "mention", "channel": "email", "enabled": False},
        {"notification_type": "comment", "channel": "in_app", "enabled": False},
    ]
    answer = simulate(people.member, preferences=choices)
    assert (answer["sent"]["email"], answer["would_be"]["email"]) == (5, 0)
    assert (answer["sent"]["in_app"], answer["would_be"]["in_app"]) == (10, 5)
    choices = [{"notification_type": "comment", "channel": "email", "enabled": True, "frequency": "direct"}]
    assert simulate(people.member, preferences=choices)["would_be"]["email"] == 10
    assert people.member.get("preferences/").get_json()["results"] == []


def test_summaries_that_are_turned_off_carry_nothing(people: People):
    had(people.member, 5)
    often = {"notification_type": "mention", "channel": "email", "enabled": True, "frequency": "hourly"}
    no_summaries = {"notification_type": "summary", "channel": "email", "enabled": False}
    assert simulate(people.member, preferences=[often])["would_be"]["email"] == 1
    assert simulate(people.member, preferences=[often, no_summaries])["would_be"]["email"] == 0


def test_stored_settings_are_tried_where_nothing_else_is(people: People):
    for hours in range(1, 6):
        had(people.member, 10 + hours / 24)
    people.member.patch("preferences/settings/", {"daily_email_limit": 1})
    assert simulate(people.member)["would_be"]["email"] < 5
    assert simulate(people.member, daily_email_limit=None)["would_be"]["email"] == 5
    assert people.member.get("preferences/settings/").get_json()["daily_email_limit"] == 1


def test_quiet_hours_are_tried_by_the_members_clock(people: People):
    evening = dt.datetime.combine(now().date() - dt.timedelta(days=5), dt.time(22, 30), dt.UTC)
    for minutes in (0, 10, 20):  # half past eleven or twelve at night in Paris
        had(people.member, (now() - evening).total_seconds() / 86400 - minutes / 1440)
    had(people.member, (now() - evening).total_seconds() / 86400, "room_change", priority="urgent")
    assert simulate(people.member)["would_be"]["email"] == 4
    assert simulate(people.member, quiet_hours=NIGHT)["would_be"]["email"] == 2


def test_a_pause_is_yet_to_come_and_changes_nothing(people: People):
    had(people.member, 3)
    tomorrow = (now() + dt.timedelta(days=1)).isoformat()
    assert simulate(people.member, paused_until=tomorrow)["would_be"]["email"] == 1


def test_older_days_are_left_out(people: People):
    had(people.member, 29.9)
    had(people.member, 30.1)
    had(people.member, 60)
    assert simulate(people.member)["sent"]["email"] == 1


def test_what_is_too_much_is_cut_and_says_so(people: People, monkeypatch: pytest.MonkeyPatch):
    for day in range(10, 0, -1):
        had(people.member, day)
    rows = db.session.execute(sa.select(sa.func.count()).select_from(Delivery)).scalar_one()
    monkeypatch.setattr(simulation_service, "MOST_ROWS", rows)
    assert simulate(people.member)["cut"] is False
    monkeypatch.setattr(simulation_service, "MOST_ROWS", rows // 2)
    answer = simulate(people.member)
    assert answer["cut"] is True
    assert answer["sent"] == answer["would_be"] and answer["sent"]["email"] == 5
    assert now() - dt.datetime.fromisoformat(answer["from"]) < dt.timedelta(days=6)


def test_nothing_is_written(people: People):
    had(people.member, 3)
    counts = [db.session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (Delivery, Digest)]
    simulate(people.member, quiet_hours=[NIGHT], daily_email_limit=1)
    after = [db.session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (Delivery, Digest)]
    assert counts == after
    assert db.session.scalar(sa.select(Delivery.rule).where(Delivery.channel == "email")) == Rule.DEFAULT_ON


MANDATORY = {"notification_type": "account_security_alert", "channel": "email", "enabled": False}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"preferences": [MANDATORY]}, "preferences.0.enabled"),
        ({"preferences": {}}, "preferences"),
        ({"quiet_hours": {"start": "22:00", "end": "22:00"}}, "quiet_hours.0.end"),
        ({"quiet_hours": [{"start": "0:00", "end": "22:00"}]}, "quiet_hours.0.start"),
        ({"quiet_hours": [NIGHT, {"start": "07:00", "end": "22:00"}]}, "quiet_hours"),
        ({"daily_email_limit": 0}, "daily_email_limit"),
        ({"timezone": "UTC"}, "timezone"),
    ],
)
def test_what_could_not_be_stored_cannot_be_tried(people: People, body: dict, field: str):
    assert list(errors_of(people.member.post(PATH, body))) == [field]


def test_a_reader_may_try_and_a_body_is_not_needed(app: Flask, db_session: object):
    assert make_caller(app, scopes=("read",)).post(PATH).status_code == 200
