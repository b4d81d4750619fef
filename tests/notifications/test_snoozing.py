"""When a snooze ends: in the reader's own hours, whatever the season does to them."""

import datetime as dt

import pytest

from hackitech.core.errors import Invalid
from hackitech.notifications.snoozing import first_day, snooze_until

PARIS, AUCKLAND, NEW_YORK = "Europe/Paris", "Pacific/Auckland", "America/New_York"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("choice", "now", "zone", "expected"),
    [
        ("hour", "2026-11-24T10:30", PARIS, "2026-11-24T11:30"),
        ("evening", "2026-11-24T10:30", PARIS, "2026-11-24T17:00"),
        ("evening", "2026-11-24T17:00", PARIS, "2026-11-25T17:00"),
        ("evening", "2026-11-24T22:59", PARIS, "2026-11-25T17:00"),
        ("tomorrow", "2026-11-24T10:30", PARIS, "2026-11-25T08:00"),
        # It is Wednesday already in Auckland, and still Monday in New York.
        ("tomorrow", "2026-11-24T12:00", AUCKLAND, "2026-11-25T20:00"),
        ("tomorrow", "2026-11-24T03:00", NEW_YORK, "2026-11-24T14:00"),
        ("monday", "2026-11-24T10:30", PARIS, "2026-11-30T08:00"),
        ("monday", "2026-11-29T22:30", PARIS, "2026-11-30T08:00"),
        # On a Monday, even early, the next one is meant.
        ("monday", "2026-11-30T05:00", PARIS, "2026-12-07T08:00"),
    ],
)
def test_a_choice_is_the_next_time_of_its_kind(choice: str, now: str, zone: str, expected: str) -> None:
    assert snooze_until(choice, utc(now), zone) == utc(expected)


@pytest.mark.parametrize(
    ("choice", "now", "expected"),
    [
        # Clocks go forward on 29 March 2026 and back on 25 October 2026.
        ("tomorrow", "2026-03-28T10:00", "2026-03-29T07:00"),
        ("evening", "2026-03-29T00:30", "2026-03-29T16:00"),
        ("tomorrow", "2026-10-24T10:00", "2026-10-25T08:00"),
        ("monday", "2026-10-23T10:00", "2026-10-26T08:00"),
        # An hour is an hour, even the one that is there twice.
        ("hour", "2026-10-25T00:30", "2026-10-25T01:30"),
    ],
)
def test_nine_oclock_is_nine_oclock_when_the_season_changes(choice: str, now: str, expected: str) -> None:
    assert snooze_until(choice, utc(now), PARIS) == utc(expected)


@pytest.mark.parametrize(
    ("day", "now", "zone", "expected"),
    [
        ("2026-12-24", "2026-11-24T10:30", PARIS, "2026-12-24T08:00"),
        ("2027-07-14", "2026-11-24T10:30", PARIS, "2027-07-14T07:00"),
        # A day has begun in Auckland when in Paris it has not.
        ("2026-11-25", "2026-11-24T12:00", AUCKLAND, "2026-11-24T20:00"),
        ("2026-11-24", "2026-11-24T07:59", PARIS, "2026-11-24T08:00"),
        ("2026-11-24", "2026-11-24T08:00", PARIS, None),
        ("2026-11-23", "2026-11-24T10:30", PARIS, None),
        ("2027-11-26", "2026-11-24T10:30", PARIS, None),
        ("0001-01-01", "2026-11-24T10:30", AUCKLAND, None),
        ("9999-12-31", "2026-11-24T10:30", NEW_YORK, None),
        ("24/12/2026", "2026-11-24T10:30", PARIS, None),
        ("", "2026-11-24T10:30", PARIS, None),
    ],
)
def test_a_day_is_its_morning_there_if_it_is_to_come(
    day: str, now: str, zone: str, expected: str | None
) -> None:
    assert snooze_until("date", utc(now), zone, day) == (expected and utc(expected))


@pytest.mark.parametrize(("now", "first"), [("2026-11-24T07:59", "24"), ("2026-11-24T08:00", "25")])
def test_the_first_day_is_the_first_with_a_morning_to_come(now: str, first: str) -> None:
    assert first_day(utc(now), PARIS) == dt.date.fromisoformat(f"2026-11-{first}")


@pytest.mark.parametrize("choice", ["", "never", "HOUR", "2026-11-24"])
def test_anything_else_is_refused(choice: str) -> None:
    with pytest.raises(Invalid):
        snooze_until(choice, utc("2026-11-24T10:30"), PARIS)
