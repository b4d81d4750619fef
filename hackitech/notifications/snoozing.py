"""When a snoozed notification comes back: choices in the reader's own hours."""

import datetime as dt
from zoneinfo import ZoneInfo

from hackitech.core.errors import Invalid

HOUR = dt.timedelta(hours=1)
MORNING, EVENING = dt.time(9), dt.time(18)
CHOICES = ("hour", "evening", "tomorrow", "monday", "date")
YEAR = dt.timedelta(days=366)


def snooze_until(choice: str, now: dt.datetime, timezone: str, date: str = "") -> dt.datetime | None:
    """Return the time that one of `CHOICES` means: the next one of its kind, or the morning of a `date`.

    None where there is no such day, or none to come within a year.

    Raises:
        Invalid: it is none of the choices.
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
    if choice == "date":
        return _morning_of(date, now, zone)
    raise Invalid({"for": [f"One of: {', '.join(CHOICES)}."]})


def first_day(now: dt.datetime, timezone: str) -> dt.date:
    """Return the first day whose morning is still to come, on calendars there."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    return today if _local(today, MORNING, zone) > now else today + dt.timedelta(days=1)


def _morning_of(date: str, now: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    try:
        morning = _local(dt.date.fromisoformat(date), MORNING, zone)
    except (ValueError, OverflowError):
        return None
    return morning if now < morning < now + YEAR else None


def _local(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Return the instant at which clocks there show that time, whatever the season."""
    return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)
