"""Local times on the days when clocks are put forward or back."""

import datetime as dt

import pytest

from hackitech.core.local_time import local_day, to_utc

PARIS, NEW_YORK, LORD_HOWE = "Europe/Paris", "America/New_York", "Australia/Lord_Howe"


@pytest.mark.parametrize(
    ("zone", "local", "first", "second"),
    [
        (PARIS, "2026-11-22T08:00", "2026-11-22T07:00", "2026-11-22T07:00"),
        (PARIS, "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T01:30"),  # shown twice
        (NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30", "2026-11-01T06:30"),
        (LORD_HOWE, "2027-04-04T01:45", "2027-04-03T14:45", "2027-04-03T15:15"),  # half an hour back
        (PARIS, "2027-03-28T02:30", "2027-03-28T01:30", "2027-03-28T01:30"),  # never shown: 03:30
        (NEW_YORK, "2027-03-14T02:30", "2027-03-14T07:30", "2027-03-14T07:30"),
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:45", "2026-10-03T15:45"),  # 02:45
    ],
)
def test_a_local_time_is_a_moment_even_when_clocks_change(
    zone: str, local: str, first: str, second: str
) -> None:
    shown = dt.datetime.fromisoformat(local)

    assert to_utc(shown, zone).isoformat()[:16] == first
    assert to_utc(shown, zone, late=True).isoformat()[:16] == second


def test_the_day_is_that_of_the_zone() -> None:
    moment = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)

    assert local_day(moment, PARIS) == dt.date(2026, 11, 23)
    assert local_day(moment, NEW_YORK) == dt.date(2026, 11, 22)
