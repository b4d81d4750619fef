"""The rules about time, on moments that are given: nothing here asks a clock."""

import datetime as dt
from typing import Any

import pytest

from hackitech.delivery.timing import Situation, holding, quiet_window, summary_window
from hackitech.models.delivery import LOOK_AGAIN
from hackitech.models.notification_settings import WEEKDAYS, QuietHours
from hackitech.models.rules import Rule

PARIS, NEW_YORK, LORD_HOWE = "Europe/Paris", "America/New_York", "Australia/Lord_Howe"
NIGHT = QuietHours(days=list(WEEKDAYS), start="22:00", end="07:00")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def texts(window: Any) -> tuple[str, str] | None:
    return window and (window.start.isoformat()[:16], window.end.isoformat()[:16])


def situation(**changes: Any) -> Situation:
    values = {
        "rule": Rule.TURNED_ON,
        "priority": "normal",
        "created_at": utc("2026-11-22T12:00"),
        "frequency": "direct",
        "timezone": PARIS,
        **changes,
    }
    return Situation(**values)


@pytest.mark.parametrize(
    ("frequency", "zone", "moment", "start", "end"),
    [
        ("hourly", PARIS, "2026-11-22T12:34", "2026-11-22T12:00", "2026-11-22T13:00"),
        ("hourly", "Asia/Kolkata", "2026-11-22T12:34", "2026-11-22T12:30", "2026-11-22T13:30"),
        ("daily", PARIS, "2026-11-22T06:59", "2026-11-21T07:00", "2026-11-22T07:00"),
        ("daily", PARIS, "2026-11-22T07:00", "2026-11-22T07:00", "2026-11-23T07:00"),
        # Sunday; the Monday before, and the next.
        ("weekly", PARIS, "2026-11-22T12:00", "2026-11-16T07:00", "2026-11-23T07:00"),
        ("weekly", PARIS, "2026-11-23T06:00", "2026-11-16T07:00", "2026-11-23T07:00"),
        ("weekly", PARIS, "2026-11-23T07:00", "2026-11-23T07:00", "2026-11-30T07:00"),
        # The days on which clocks change have 23 or 25 hours, and a summary still leaves at eight.
        ("daily", PARIS, "2027-03-27T12:00", "2027-03-27T07:00", "2027-03-28T06:00"),
        ("daily", PARIS, "2026-10-24T12:00", "2026-10-24T06:00", "2026-10-25T07:00"),
        ("daily", NEW_YORK, "2026-10-31T13:00", "2026-10-31T12:00", "2026-11-01T13:00"),
        ("daily", LORD_HOWE, "2026-10-03T12:00", "2026-10-02T21:30", "2026-10-03T21:00"),
    ],
)
def test_a_summary_collects_a_window_of_the_members_day(
    frequency: str, zone: str, moment: str, start: str, end: str
) -> None:
    assert texts(summary_window(frequency, zone, utc(moment))) == (start, end)


@pytest.mark.parametrize("zone", [PARIS, NEW_YORK, LORD_HOWE])
def test_daily_windows_follow_each_other_without_gap_or_overlap(zone: str) -> None:
    moment, windows = utc("2026-01-01T00:00"), []
    while moment.year == 2026:
        windows.append(summary_window("daily", zone, moment))
        assert windows[-1].start <= moment < windows[-1].end
        moment = windows[-1].end
    assert all(earlier.end == later.start for earlier, later in zip(windows, windows[1:], strict=False))
    assert len(windows) in (365, 366)


@pytest.mark.parametrize(
    ("zone", "moment", "quiet"),
    [
        (PARIS, "2026-11-22T12:00", None),
        (PARIS, "2026-11-22T21:00", ("2026-11-22T21:00", "2026-11-23T06:00")),
        (PARIS, "2026-11-23T05:59", ("2026-11-22T21:00", "2026-11-23T06:00")),
        (PARIS, "2026-11-23T06:00", None),
        # Clocks go forward, then back: a night of eight hours, then one of ten.
        (PARIS, "2027-03-28T01:30", ("2027-03-27T21:00", "2027-03-28T05:00")),
        (PARIS, "2026-10-25T01:30", ("2026-10-24T20:00", "2026-10-25T06:00")),
        (NEW_YORK, "2026-11-01T06:30", ("2026-11-01T02:00", "2026-11-01T12:00")),
        (LORD_HOWE, "2026-10-03T16:00", ("2026-10-03T11:30", "2026-10-03T20:00")),
    ],
)
def test_quiet_hours_last_overnight_by_the_members_clock(
    zone: str, moment: str, quiet: tuple[str, str] | None
) -> None:
    assert texts(quiet_window([NIGHT], zone, utc(moment))) == quiet


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-11-21T23:00", ("2026-11-21T21:00", "2026-11-22T06:00")),  # begun on Saturday
        ("2026-11-22T23:00", None),  # Sunday night
    ],
)
def test_quiet_hours_are_of_the_day_on_which_they_begin(moment: str, quiet: tuple[str, str] | None) -> None:
    weekend = QuietHours(days=["fri", "sat"], start="22:00", end="07:00")

    assert texts(quiet_window([weekend], PARIS, utc(moment))) == quiet


def test_stretches_that_follow_each_other_are_one_quiet() -> None:
    morning = QuietHours(days=["mon"], start="06:30", end="09:00")

    found = quiet_window([NIGHT, morning], PARIS, utc("2026-11-22T22:00"))

    assert texts(found) == ("2026-11-22T21:00", "2026-11-23T08:00")


def test_quiet_around_the_clock_ends_some_day() -> None:
    always = [
        QuietHours(days=list(WEEKDAYS), start="00:00", end="12:00"),
        QuietHours(days=list(WEEKDAYS), start="12:00", end="00:00"),
    ]

    found = quiet_window(always, PARIS, utc("2026-11-22T12:00"))

    assert found is not None and found.end > utc("2026-11-25T00:00")


def test_quiet_that_ends_in_an_hour_shown_twice_ends_with_the_second() -> None:
    late = QuietHours(days=["sat"], start="23:00", end="02:30")

    assert texts(quiet_window([late], PARIS, utc("2026-10-25T01:00"))) == (
        "2026-10-24T21:00",
        "2026-10-25T01:30",
    )


NOW = utc("2026-11-22T21:30")
HELD: list[tuple[dict[str, Any], Rule | None, str]] = [
    ({}, None, ""),
    ({"paused_until": utc("2026-12-01T08:00")}, Rule.PAUSED, "2026-12-01T08:00"),
    ({"paused_until": utc("2026-11-01T08:00")}, None, ""),
    ({"frequency": "hourly", "created_at": NOW}, Rule.FREQUENCY, "2026-11-22T22:00"),
    ({"frequency": "daily", "created_at": NOW}, Rule.FREQUENCY, "2026-11-23T07:00"),
    ({"frequency": "daily", "created_at": utc("2026-11-21T12:00")}, None, ""),
    ({"quiet_hours": [NIGHT]}, Rule.QUIET_HOURS, "2026-11-23T06:00"),
    ({"over_limit": True}, Rule.DAILY_LIMIT, "2026-11-23T07:00"),
    (
        {"quiet_hours": [NIGHT], "frequency": "daily", "created_at": NOW},
        Rule.FREQUENCY,
        "2026-11-23T07:00",
    ),
    (
        {"quiet_hours": [NIGHT], "frequency": "daily", "created_at": utc("2026-11-21T12:00")},
        Rule.QUIET_HOURS,
        "2026-11-23T06:00",
    ),
]


@pytest.mark.parametrize(("changes", "rule", "until"), HELD)
def test_the_first_rule_that_applies_holds(changes: dict[str, Any], rule: Rule | None, until: str) -> None:
    hold = holding(situation(**changes), NOW)

    assert (hold and hold.rule) == rule
    assert hold is None or hold.until.isoformat()[:16] == until


@pytest.mark.parametrize("passes", [{"rule": Rule.MANDATORY}, {"priority": "urgent"}, {"rule": Rule.SUMMARY}])
@pytest.mark.parametrize(("changes", "rule", "until"), HELD)
def test_mandatory_urgent_and_summaries_always_leave(
    changes: dict[str, Any], rule: Rule | None, until: str, passes: dict[str, Any]
) -> None:
    assert holding(situation(**{**changes, **passes}), NOW) is None


@pytest.mark.parametrize("passes", [{}, {"rule": Rule.MANDATORY}, {"priority": "urgent"}])
@pytest.mark.parametrize("changes", [changes for changes, _rule, _until in HELD])
def test_the_senders_pause_comes_first_and_lets_nothing_pass(
    changes: dict[str, Any], passes: dict[str, Any]
) -> None:
    hold = holding(situation(**{**changes, **passes, "sender_paused": True}), NOW)
    assert hold is not None and (hold.rule, hold.until) == (Rule.SENDER_PAUSED, NOW + LOOK_AGAIN)


@pytest.mark.parametrize(("changes", "rule", "until"), HELD)
def test_what_was_held_is_not_held_again_by_the_same_rule(
    changes: dict[str, Any], rule: Rule | None, until: str
) -> None:
    first = holding(situation(**changes), NOW)
    again = first and holding(situation(**{**changes, "over_limit": False}), first.until)

    assert again is None or again.rule != rule
