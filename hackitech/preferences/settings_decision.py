"""Whether settings of time may be as they are wished: a pause that ends, and quiet hours that do."""

import datetime as dt
from collections.abc import Sequence
from typing import TypedDict

from hackitech.core import clock
from hackitech.core.errors import Invalid
from hackitech.models.notification_settings import WEEKDAYS, QuietHours

LONGEST_PAUSE = dt.timedelta(days=366)
MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY


class SettingsChanges(TypedDict, total=False):
    """What is to change about settings of time."""

    quiet_hours: list[QuietHours]
    paused_until: dt.datetime | None
    daily_email_limit: int | None


def check_settings(changes: SettingsChanges) -> None:
    """Refuse a pause that is over already or never seems to end, and a week that is quiet throughout.

    Raises:
        Invalid
    """
    until = changes.get("paused_until")
    if until is not None and until <= clock.now():
        raise Invalid({"paused_until": ["Must lie in the future."]})
    if until is not None and until > clock.now() + LONGEST_PAUSE:
        raise Invalid({"paused_until": ["A year at the most."]})
    if _is_always_quiet(changes.get("quiet_hours", ())):
        raise Invalid({"quiet_hours": ["Leave some time of the week, or nothing ever leaves; or pause."]})


def _is_always_quiet(quiet_hours: Sequence[QuietHours]) -> bool:
    this_week = [_minutes(day, quiet) for quiet in quiet_hours for day in quiet["days"]]
    last_week = [(start - MINUTES_OF_WEEK, end - MINUTES_OF_WEEK) for start, end in this_week]
    quiet_until = 0
    for start, end in sorted(last_week + this_week):
        if start > quiet_until:
            break
        quiet_until = max(quiet_until, end)
    return quiet_until >= MINUTES_OF_WEEK


def _minutes(day: str, quiet: QuietHours) -> tuple[int, int]:
    """Return a stretch in minutes since Monday, 00:00."""
    midnight = WEEKDAYS.index(day) * MINUTES_OF_DAY
    start, end = (midnight + time.hour * 60 + time.minute for time in _times(quiet))
    return start, end if end > start else end + MINUTES_OF_DAY


def _times(quiet: QuietHours) -> tuple[dt.time, dt.time]:
    return dt.time.fromisoformat(quiet["start"]), dt.time.fromisoformat(quiet["end"])
