"""When a snoozed notification comes back: choices in the reader's own hours."""

import datetime as dt
from zoneinfo import ZoneInfo

from hackitech.core.errors import Invalid

HOUR = dt.timedelta(hours=1)
MORNING, EVENING = dt.time(9), dt.time(18)
CHOICES = ("hour", "evening", "tomorrow", "monday")


def snooze_until(choice: str, now: dt.datetime, timezone: str) -> dt.datetime:
    """Return the time that one of `CHOICES` means: the next one of its kind.

    Raises:
        Invalid: it is none of them.
    """
    if choice == "hour":
        return now + HOUR
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    if choice == "evening":
        evening = _local(today, EVENING, zone)
        return evening if evening > now else _local(today + dt.timedelta(days=1), EVENING, zone)
    if choice == "tomorrow":
        return _local(today + dt.timedelta(days=1), MORNING, zone)
    if choice == "monday":
        return _local(today + dt.timedelta(days=7 - today.weekday()), MORNING, zone)
    raise Invalid({"for": [f"One of: {', '.join(CHOICES)}."]})


def _local(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Return the instant at which clocks there show that time, whatever the season."""
    return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)
