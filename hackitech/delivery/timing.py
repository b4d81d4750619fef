"""The rules about time: whether something waits now, by which rule, and until when. Nothing here asks a
database or a clock, so that what would have been can be computed as what is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hackitech.core.local_time import at_time, local_day, zone_of
from hackitech.models.delivery import LOOK_AGAIN
from hackitech.models.event import URGENT
from hackitech.models.notification_settings import WEEKDAYS, QuietHours
from hackitech.models.preference import DIRECT
from hackitech.models.rules import Rule

SUMMARY_TIME = dt.time(8)
"""When daily and weekly (on Mondays) summaries leave, by the member's clock."""
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LONGEST_QUIET = 2 * 7 + 2
"""Stretches that may follow each other without a gap: two on each day of a week."""


class Window(NamedTuple):
    """A stretch of time, in UTC; `end` is no longer in it."""

    start: dt.datetime
    end: dt.datetime


class Hold(NamedTuple):
    """Something waits: by which rule, until when, and since when one summary collects what waits."""

    rule: Rule
    until: dt.datetime
    window_start: dt.datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules about time look at, for one delivery."""

    rule: str
    """Why it goes at all."""
    priority: str
    created_at: dt.datetime
    frequency: str
    timezone: str
    quiet_hours: Sequence[QuietHours] = ()
    paused_until: dt.datetime | None = None
    over_limit: bool = False
    """Whether the member had as many emails today as they want."""
    sender_paused: bool = False


def holding(situation: Situation, now: dt.datetime) -> Hold | None:
    """Return what holds a delivery now, None if it may leave.

    What is mandatory or urgent may leave whatever the member wishes, and waits for its sender only.
    """
    if situation.sender_paused:
        return sender_pause(now)
    if situation.rule in (Rule.MANDATORY, Rule.SUMMARY) or situation.priority == URGENT:
        return None
    if situation.paused_until is not None and situation.paused_until > now:
        return Hold(Rule.PAUSED, situation.paused_until, situation.paused_until)
    if situation.frequency != DIRECT:
        window = summary_window(situation.frequency, situation.timezone, situation.created_at)
        if window.end > now:
            return Hold(Rule.FREQUENCY, window.end, window.start)
    quiet = quiet_window(situation.quiet_hours, situation.timezone, now)
    if quiet is not None:
        return Hold(Rule.QUIET_HOURS, quiet.end, quiet.start)
    if situation.over_limit:
        today = local_day(now, situation.timezone)
        until = at_time(today + DAY, SUMMARY_TIME, situation.timezone)
        return Hold(Rule.DAILY_LIMIT, until, at_time(today, dt.time(), situation.timezone))
    return None


def sender_pause(now: dt.datetime) -> Hold:
    """Return what holds the deliveries of a paused event."""
    return Hold(Rule.SENDER_PAUSED, now + LOOK_AGAIN, now)


def summary_window(frequency: str, zone: str, moment: dt.datetime) -> Window:
    """Return the window of an `hourly`, `daily` or `weekly` summary that collects what comes at a moment."""
    if frequency == "hourly":
        local = moment.astimezone(zone_of(zone))
        into = dt.timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return Window(moment - into, moment - into + HOUR)
    days = 7 if frequency == "weekly" else 1
    today = local_day(moment, zone)
    first = today - DAY * (today.weekday() if days == 7 else 0)
    if at_time(first, SUMMARY_TIME, zone) > moment:
        first -= DAY * days
    return Window(at_time(first, SUMMARY_TIME, zone), at_time(first + DAY * days, SUMMARY_TIME, zone))


def quiet_window(quiet_hours: Sequence[QuietHours], zone: str, now: dt.datetime) -> Window | None:
    """Return the quiet that is now, through to where no other follows at once; None if there is none."""
    start, end = None, now
    for _ in range(LONGEST_QUIET):
        found = _stretch(quiet_hours, zone, end)
        if found is None:
            break
        start, end = start or found.start, found.end
    return None if start is None else Window(start, end)


def _stretch(quiet_hours: Sequence[QuietHours], zone: str, moment: dt.datetime) -> Window | None:
    """Return the stretch that a moment is in; of several, the one that ends last."""
    today = local_day(moment, zone)
    stretches = [
        _begun_on(day, quiet, zone)
        for quiet in quiet_hours
        for day in (today - DAY, today)
        if WEEKDAYS[day.weekday()] in quiet["days"]
    ]
    around = [stretch for stretch in stretches if stretch.start <= moment < stretch.end]
    return max(around, key=lambda stretch: stretch.end, default=None)


def _begun_on(day: dt.date, quiet: QuietHours, zone: str) -> Window:
    start, end = dt.time.fromisoformat(quiet["start"]), dt.time.fromisoformat(quiet["end"])
    last = day if end > start else day + DAY
    return Window(at_time(day, start, zone), at_time(last, end, zone, late=True))
