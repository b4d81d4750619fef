"""What would have left under other settings: ledgers made by hand, the rules about time run over them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from hackitech.delivery.timing import Window
from hackitech.models.notification_settings import WEEKDAYS, QuietHours
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status
from hackitech.preferences.simulation import Wish, Wishes, count_sent, count_wished

PARIS = "Europe/Paris"
SPRING = dt.date(2026, 3, 29)
"""A Sunday on which Paris has no 02:30."""
AUTUMN = dt.date(2026, 10, 25)
"""A Sunday on which Paris has 02:30 twice."""
_ids = count(1)


@dataclass
class Row:
    """One delivery of a ledger, an email that was sent at once unless said otherwise."""

    created_at: dt.datetime
    channel: str = "email"
    notification_type: str = "comment"
    priority: str = "normal"
    status: str = Status.SENT
    rule: str = Rule.DEFAULT_ON
    target: int = 0
    generation: int = 0
    read_at: dt.datetime | None = None
    archived_at: dt.datetime | None = None
    deleted_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    in_inbox: bool = True
    in_app_rule: str = Rule.DEFAULT_ON
    notification_id: int = 0
    left_at: dt.datetime = dt.datetime.min

    def __post_init__(self) -> None:
        self.notification_id = self.notification_id or next(_ids)
        self.left_at = self.created_at


def at(day: int, time: str = "12:00", month: int = 6, zone: str = PARIS) -> dt.datetime:
    """Return a time of 2026 by the member's clock; 1 June was a Monday."""
    return dt.datetime.combine(dt.date(2026, month, day), dt.time.fromisoformat(time), ZoneInfo(zone))


def wishes(
    frequency: str = "direct", quiet: Sequence[tuple[str, str]] = (), zone: str = PARIS, **others: object
) -> Wishes:
    """Return what a member wishes: emails of comments this often, and these quiet hours on every day."""
    limit = others.pop("daily_email_limit", None)
    assert limit is None or isinstance(limit, int)
    pairs = {
        ("comment", "in_app"): Wish(True),
        ("comment", "push"): Wish(True),
        ("comment", "email"): Wish(**{"enabled": True, "frequency": frequency, **others}),  # type: ignore[arg-type]
    }
    stretches = [QuietHours(days=list(WEEKDAYS), start=start, end=end) for start, end in quiet]
    return Wishes(pairs, zone, stretches, limit)


MONTH = Window(at(1, "00:00"), at(1, "00:00", month=7))


def would_be(rows: Sequence[Row], wished: Wishes, span: Window = MONTH, channel: str = "email") -> int:
    return count_wished(rows, wished, span)[channel]


def test_as_things_are_it_is_what_was_sent():
    rows = [Row(at(day)) for day in range(2, 9)] + [Row(at(3), "push", target=device) for device in (1, 2)]
    assert count_sent(rows, MONTH) == count_wished(rows, wishes(), MONTH)
    assert count_sent(rows, MONTH) == {"email": 7, "push": 2, "in_app": 9}


def test_what_is_turned_off_would_not_have_left_and_what_is_turned_on_would_have():
    off = [Row(at(3), status=Status.SUPPRESSED, rule=Rule.DEFAULT_OFF), Row(at(4), rule=Rule.TURNED_ON)]
    assert would_be(off, wishes()) == 2
    assert would_be(off, wishes(enabled=False)) == 0
    assert count_sent(off, MONTH)["email"] == 1


@pytest.mark.parametrize(
    "rule",
    [
        *(Rule.NO_ADDRESS, Rule.SUPPRESSED_ADDRESS, Rule.TRANSPORT_UNAVAILABLE, Rule.NARROWED),
        *(Rule.INACTIVE, Rule.MUTED_TOPIC, Rule.CANCELLED, Rule.RETRACTED),
    ],
)
def test_what_no_preference_decided_stays_as_it_was(rule: Rule):
    assert would_be([Row(at(3), status=Status.SUPPRESSED, rule=rule)], wishes()) == 0


def test_what_failed_would_have_failed_and_a_replay_is_none_of_its_own():
    failed = [Row(at(3), status=s) for s in (Status.PERMANENT_FAILURE, Status.TECHNICAL_FAILURE)]
    assert would_be([*failed, Row(at(4), generation=1)], wishes()) == 0


def test_summaries_that_were_sent_count_as_sent_and_what_they_carried_counts_by_itself():
    carried = [Row(at(3), status=Status.DIGESTED) for _ in range(5)]
    summary = Row(
        at(4), notification_type="summary", rule=Rule.SUMMARY, in_inbox=False, in_app_rule=Rule.NARROWED
    )
    rows = [*carried, summary]
    assert count_sent(rows, MONTH) == {"email": 1, "in_app": 5}
    assert count_wished(rows, wishes(), MONTH) == {"email": 5, "in_app": 5}


def test_a_summary_is_one_email_for_each_window():
    rows = [Row(at(day, f"{hour:02}:{minute}")) for day in (2, 3) for hour in (9, 10) for minute in (10, 50)]
    assert would_be(rows, wishes()) == 8
    assert would_be(rows, wishes("hourly")) == 4
    assert would_be(rows, wishes("daily")) == 2
    assert would_be(rows, wishes("weekly")) == 1


def test_a_daily_summary_begins_and_ends_at_eight():
    around = [Row(at(2, "07:59")), Row(at(2, "08:00")), Row(at(3, "07:59")), Row(at(3, "08:00"))]
    assert would_be(around, wishes("daily")) == 3


def test_types_that_are_summed_up_until_the_same_time_are_one_email():
    wished = wishes("daily")
    both = Wishes({**wished.pairs, ("mention", "email"): Wish(True, "weekly")}, PARIS)
    rows = [Row(at(7)), Row(at(7), notification_type="mention")]  # a Sunday: both leave on Monday at eight
    assert would_be(rows, both) == 1


def test_what_was_read_before_its_summary_is_left_out_of_it():
    assert would_be([Row(at(3), read_at=at(3, "13:00"))], wishes("daily")) == 0
    assert would_be([Row(at(3), archived_at=at(3, "13:00"))], wishes("daily")) == 0
    assert would_be([Row(at(3), deleted_at=at(3, "13:00"))], wishes("daily")) == 0
    assert would_be([Row(at(3), read_at=at(5))], wishes("daily")) == 1
    assert would_be([Row(at(3), read_at=at(3))], wishes()) == 1


def test_what_has_expired_by_then_is_left_out():
    assert would_be([Row(at(3), expires_at=at(3, "23:00"))], wishes("daily")) == 0
    assert would_be([Row(at(3), expires_at=at(3, "23:00"))], wishes()) == 1


def test_what_was_read_while_it_was_held_would_have_left_at_once_without_the_hold():
    row = Row(at(3), status=Status.CANCELLED, rule=Rule.ALREADY_READ, read_at=at(3, "13:00"))
    assert would_be([row], wishes()) == 1
    assert would_be([row], wishes("daily")) == 0


def test_what_escalates_leaves_only_where_nobody_read_it_in_time():
    rows = [Row(at(3), read_at=at(3, "12:10")), Row(at(4), read_at=at(4, "12:20"))]
    assert would_be(rows, wishes(escalate_after=900)) == 1
    urgent = [Row(row.created_at, priority="urgent", read_at=row.read_at) for row in rows]
    assert would_be(urgent, wishes(escalate_after=900)) == 2


def test_a_night_is_one_email_in_the_morning():
    night = [Row(at(3, "22:30")), Row(at(3, "23:59")), Row(at(4, "06:59"))]
    awake = [Row(at(3, "21:59")), Row(at(4, "07:00"))]
    assert would_be(night + awake, wishes(quiet=[("22:00", "07:00")])) == 3
    assert would_be(night + awake, wishes("daily", quiet=[("22:00", "07:00")])) == 1


def test_quiet_hours_of_a_weekday_are_quiet_on_it_alone():
    sundays = Wishes(wishes().pairs, PARIS, [QuietHours(days=["sun"], start="00:00", end="23:00")])
    rows = [Row(at(day, time)) for day in (6, 7) for time in ("10:00", "15:00")]
    assert would_be(rows, sundays) == 3


def test_each_device_gets_its_own_summary():
    pushes = [Row(at(3, f"23:{n}"), "push", target=device) for n in (10, 20, 30) for device in (1, 2)]
    assert would_be(pushes, wishes(), channel="push") == 6
    assert would_be(pushes, wishes(quiet=[("22:00", "07:00")]), channel="push") == 2


def test_whoever_turned_summaries_off_gets_none():
    wished = wishes("daily")
    without = Wishes(wished.pairs, PARIS, without_summaries=frozenset({"email"}))
    assert would_be([Row(at(3)), Row(at(4), priority="urgent")], wished) == 2
    assert would_be([Row(at(3)), Row(at(4), priority="urgent")], without) == 1


def test_what_is_mandatory_or_urgent_passes_every_hold():
    strict = [("22:00", "07:00")]
    rows = [Row(at(3, "23:10"), priority="urgent") for _ in range(3)]
    assert would_be(rows, wishes("weekly", strict, daily_email_limit=1)) == 3
    mandatory = [Row(at(3, "23:10"), rule=Rule.MANDATORY) for _ in range(3)]
    always = wishes("weekly", strict, daily_email_limit=1, mandatory=True, enabled=False)
    assert would_be(mandatory, always) == 3


def test_beyond_the_daily_limit_the_rest_is_one_email_on_the_next_day():
    rows = [Row(at(3, f"{hour:02}:00")) for hour in range(9, 19)]
    assert would_be(rows, wishes(daily_email_limit=3)) == 4
    assert would_be(rows, wishes(daily_email_limit=1)) == 2
    assert would_be(rows, wishes(daily_email_limit=10)) == 10


def test_the_summary_of_yesterday_counts_for_today():
    rows = [Row(at(day, f"{hour:02}:00")) for day in (3, 4) for hour in range(9, 12)]
    # one; its overflow at eight takes the place of the next day's only one; and that day's overflow
    assert would_be(rows, wishes(daily_email_limit=1)) == 3


def test_the_daily_limit_is_about_emails_alone():
    rows = [Row(at(3, f"{hour:02}:00"), "push", target=1) for hour in range(9, 19)]
    assert would_be(rows, wishes(daily_email_limit=3), channel="push") == 10


def test_what_would_still_wait_is_not_counted():
    assert would_be([Row(at(30, "12:00"))], wishes("weekly")) == 0


def test_what_came_before_counts_where_its_summary_would_have_left_within():
    rows = [Row(at(31, month=5)), Row(at(30, month=5))]
    assert would_be(rows, wishes("weekly")) == 1
    assert would_be(rows, wishes()) == 0
    assert count_wished(rows, wishes("weekly"), MONTH)["in_app"] == 0


def test_turning_the_inbox_off_counts_there():
    without = Wishes({**wishes().pairs, ("comment", "in_app"): Wish(False)}, PARIS)
    rows = [Row(at(3)), Row(at(3), in_app_rule=Rule.NARROWED, in_inbox=False)]
    assert would_be(rows, wishes(), channel="in_app") == 1
    assert would_be(rows, without, channel="in_app") == 0


def test_a_type_that_is_retired_by_now_is_as_it_was():
    rows = [Row(at(3), notification_type="gone"), Row(at(3), notification_type="gone", rule=Rule.TURNED_OFF)]
    assert would_be(rows, wishes()) == 1


@pytest.mark.parametrize("day", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_a_night_on_which_clocks_change_is_one_email(day: dt.date):
    zone = ZoneInfo(PARIS)
    span = Window(at(1, "00:00", month=day.month), at(1, "00:00", month=day.month + 1))
    evening, morning = (
        dt.datetime.combine(date, time, zone).astimezone(dt.UTC)
        for date, time in [(day - dt.timedelta(days=1), dt.time(21, 30)), (day, dt.time(7, 50))]
    )
    rows = [
        Row(evening + dt.timedelta(minutes=20 * n))
        for n in range((morning - evening) // dt.timedelta(minutes=20))
    ]
    awake = [row for row in rows if dt.time(7) <= row.created_at.astimezone(zone).time() < dt.time(22)]
    assert 0 < len(awake) < len(rows)
    assert would_be(rows, wishes(quiet=[("22:00", "07:00")]), span) == len(awake) + 1
    assert would_be(rows, wishes("daily"), span) == 1


@pytest.mark.parametrize(
    ("zone", "month", "day"),
    [("Australia/Lord_Howe", 4, 5), ("Australia/Lord_Howe", 10, 4), ("America/New_York", 11, 1)],
)
def test_a_day_on_which_clocks_change_has_one_daily_summary(zone: str, month: int, day: int):
    span = Window(at(1, "00:00", month, zone), at(28, "00:00", month, zone))
    rows = [Row(at(day, "00:15", month, zone)), Row(at(day, "07:45", month, zone))]
    assert would_be(rows, wishes("daily", zone=zone), span) == 1
    spread = [Row(at(day, f"{hour:02}:05", month, zone)) for hour in (4, 5, 6)]
    assert would_be(spread, wishes("hourly", zone=zone), span) == 3
