"""Local times as moments: what a clock on somebody's wall shows, whatever it does in spring and autumn."""

import datetime as dt
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

UTC = dt.UTC


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return a timezone by its IANA name."""
    return ZoneInfo(name)


def to_utc(local: dt.datetime, zone: str, *, late: bool = False) -> dt.datetime:
    """Return the moment when a clock in `zone` shows `local` (without a zone of its own).

    Where clocks are set back it shows that twice: the first time counts, with `late` the second. Where
    they are put forward it never does: it is as much later as the clocks jump.
    """
    first, second = (local.replace(tzinfo=zone_of(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(first, second) if late else first


def local_day(moment: dt.datetime, zone: str) -> dt.date:
    """Return the date in `zone`."""
    return moment.astimezone(zone_of(zone)).date()


@lru_cache(maxsize=4096)  # the same mornings and evenings are asked for over and over
def at_time(day: dt.date, time: dt.time, zone: str, *, late: bool = False) -> dt.datetime:
    """Return the moment of a local time on a day."""
    return to_utc(dt.datetime.combine(day, time), zone, late=late)
