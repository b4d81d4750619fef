"""The one source of the time of day; durations use `time.monotonic`."""

import datetime as dt

UTC = dt.UTC


def now() -> dt.datetime:
    """Return the current time, aware, in UTC."""
    return dt.datetime.now(UTC)


def after(seconds: float) -> dt.datetime:
    """Return the time that many seconds from now."""
    return now() + dt.timedelta(seconds=seconds)


def time_text(moment: dt.datetime | None) -> str | None:
    """Return a time as the API writes it: RFC 3339 in UTC."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
