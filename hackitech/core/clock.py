"""The one source of the time of day; durations use `time.monotonic`."""

import datetime as dt

UTC = dt.UTC


def now() -> dt.datetime:
    """Return the current time, aware, in UTC."""
    return dt.datetime.now(UTC)


def after(seconds: float) -> dt.datetime:
    """Return the time that many seconds from now."""
    return now() + dt.timedelta(seconds=seconds)
