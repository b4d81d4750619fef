"""Times as a reader sees them: in their language, in their timezone."""

import datetime as dt

from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_datetime_format
from flask import Flask
from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _

from hackitech.core import clock

MINUTE, HOUR, DAY = 60, 3600, 86400
STILL_RELATIVE = 7 * DAY
"""Beyond a week, a date says more than a number of days."""


def init_dates(app: Flask) -> None:
    """Let templates write times."""
    app.jinja_env.globals.update(
        absolute_time=absolute_time, relative_time=relative_time, day_group=day_group
    )


def absolute_time(moment: dt.datetime) -> str:
    """Return the day and the time: « 24 novembre 2026, 18:05 »."""
    return wall_time(moment.astimezone(get_timezone()))


def wall_time(local: dt.datetime) -> str:
    """Return the day and the time that a clock shows, in whatever timezone it hangs."""
    locale = get_locale()
    pattern = str(get_datetime_format("medium", locale=locale))
    day, time = format_date(local, "long", locale=locale), format_time(local, "short", locale=locale)
    return pattern.replace("{1}", day).replace("{0}", time)


def relative_time(moment: dt.datetime) -> str:
    """Return how long ago: « il y a 3 h », or the date where that is more than a week."""
    seconds = (moment - clock.now()).total_seconds()
    if abs(seconds) < MINUTE:
        return str(_("just now"))
    if abs(seconds) >= STILL_RELATIVE:
        return _date(moment)
    unit = next(unit for unit in (DAY, HOUR, MINUTE) if abs(seconds) >= unit)
    whole = dt.timedelta(seconds=int(seconds / unit) * unit)
    return format_timedelta(whole, format="short", threshold=1, add_direction=True, locale=get_locale())


def _date(moment: dt.datetime) -> str:
    zone, locale = get_timezone(), get_locale()
    local = moment.astimezone(zone)
    this_year = local.year == clock.now().astimezone(zone).year
    return format_skeleton("MMMd" if this_year else "yMMMd", local, locale=locale)


def day_group(moment: dt.datetime) -> str:
    """Return "today", "yesterday", "week" (since Monday) or "older", by the reader's calendar."""
    zone = get_timezone()
    today = clock.now().astimezone(zone).date()
    age = (today - moment.astimezone(zone).date()).days
    if age < 2:
        return "yesterday" if age == 1 else "today"
    return "week" if age <= today.weekday() else "older"
