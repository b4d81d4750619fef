"""Times as readers see them, by language, timezone and season."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine
from flask import Flask
from flask_babel import force_locale

from hackitech.core.dates import absolute_time, day_group, relative_time

pytestmark = pytest.mark.sqlite_only
NOW = "2026-11-25T11:00:00"  # a Wednesday, noon in Paris


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@contextmanager
def reading(app: Flask, locale: str = "fr", now: str = NOW) -> Iterator[None]:
    """Read in this language, in Paris, at that time."""
    with app.app_context(), force_locale(locale), time_machine.travel(utc(now), tick=False):
        yield


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (0, "à l’instant", "just now"),
        (59, "à l’instant", "just now"),
        (60, "il y a 1\xa0min", "1 min. ago"),
        (119, "il y a 1\xa0min", "1 min. ago"),
        (3 * 3600 + 59 * 60, "il y a 3\xa0h", "3 hr. ago"),
        (6 * 86400, "il y a 6\xa0j", "6 days ago"),
        (7 * 86400, "18 nov.", "Nov 18"),
        (400 * 86400, "21 oct. 2025", "Oct 21, 2025"),
        (-2 * 3600, "dans 2\xa0h", "in 2 hr."),
    ],
)
def test_how_long_ago(app: Flask, seconds: int, french: str, english: str) -> None:
    moment = utc(NOW) - dt.timedelta(seconds=seconds)
    with reading(app, "fr"):
        assert relative_time(moment) == french
    with reading(app, "en"):
        assert relative_time(moment) == english


def test_the_day_and_the_time(app: Flask) -> None:
    with reading(app, "fr"):
        assert absolute_time(utc("2026-11-24T17:05")) == "24 novembre 2026, 18:05"
        assert absolute_time(utc("2026-07-24T17:05")) == "24 juillet 2026, 19:05"
    with reading(app, "en"):
        assert absolute_time(utc("2026-11-24T17:05")) == "November 24, 2026, 6:05\u202fPM"


@pytest.mark.parametrize(
    ("moment", "group"),
    [
        ("2026-11-25T11:00", "today"),
        ("2026-11-24T23:00", "today"),
        ("2026-11-24T22:59", "yesterday"),
        ("2026-11-23T23:00", "yesterday"),
        ("2026-11-23T22:59", "week"),
        ("2026-11-22T23:00", "week"),
        ("2026-11-22T22:59", "older"),
        ("2026-11-26T11:00", "today"),
    ],
)
def test_days_end_at_the_readers_midnight_and_weeks_on_sunday(app: Flask, moment: str, group: str) -> None:
    with reading(app):
        assert day_group(utc(moment)) == group


@pytest.mark.parametrize(
    ("now", "moment", "group"),
    [
        # Clocks go back on 25 October 2026: that Sunday has 25 hours, from 22:00 to 23:00 in UTC.
        ("2026-10-25T22:30", "2026-10-24T22:00", "today"),
        ("2026-10-25T22:30", "2026-10-24T21:59", "yesterday"),
        ("2026-10-25T23:30", "2026-10-24T22:00", "yesterday"),
        # They go forward on 29 March 2026: that Sunday has 23.
        ("2026-03-29T21:30", "2026-03-28T23:00", "today"),
        ("2026-03-29T22:00", "2026-03-28T23:00", "yesterday"),
        ("2026-03-29T22:00", "2026-03-28T22:59", "older"),
    ],
)
def test_days_are_days_when_the_season_changes(app: Flask, now: str, moment: str, group: str) -> None:
    with reading(app, now=now):
        assert day_group(utc(moment)) == group
