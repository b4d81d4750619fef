"""The site's health in words: what each part is called, how it does, and how to mend it."""

import datetime as dt
from typing import Any

from flask_babel import format_decimal, format_time
from flask_babel import gettext as _

from hackitech.channels.registry import CHANNELS
from hackitech.core.dates import relative_time
from hackitech.core.i18n import N_
from hackitech.operations.doctor import Words
from hackitech.operations.health_service import Reading, checkup
from hackitech.operations.running_doctor import RUNNING, versions

STATES = {"ok": N_("in order"), "warning": N_("to be watched"), "error": N_("broken")}
PARTS = {
    "database": N_("Database"),
    "migrations": N_("Migrations"),
    "types": N_("Types"),
    "redis": "Redis",
    "disk": N_("Disk"),
    "clock": N_("Clock"),
    "mail": N_("Mail server"),
    "push:webpush": N_("Push to browsers"),
    "push:fcm": N_("Push to Android"),
    "push:apns": N_("Push to Apple devices"),
    "circuits": N_("Circuits"),
}
GROUPS = (
    (N_("What it stands on"), ("database", "migrations", "types", "redis", "disk")),
    (N_("What runs"), ("clock", *(f"queue:{name}" for name in CHANNELS))),
    (N_("The ways out"), ("mail", "push:webpush", "push:fcm", "push:apns", "circuits")),
)

Context = dict[str, Any]


def health_context() -> Context:
    """Return what `health.html` shows."""
    readings = {reading.part: _present(reading) for reading in checkup(RUNNING)}
    kinds = [reading["kind"] for reading in readings.values()]
    return {
        "groups": [(_(title), [readings[part] for part in parts]) for title, parts in GROUPS],
        "broken": kinds.count("error"),
        "watched": kinds.count("warning"),
        "versions": list(versions().items()) if readings["database"]["kind"] == "ok" else [],
    }


def _present(reading: Reading) -> Context:
    finding = reading.finding
    kind = finding.kind if finding else "warning"
    if not reading.fresh and kind == "ok":
        kind = "warning"  # what was well may be so no more
    return {
        "label": _label(reading.part),
        "kind": kind,
        "state": _(STATES[kind]),
        "text": _sentence(finding.words) if finding else _("no answer yet"),
        "remedy": _(finding.words.remedy).split("`") if finding and finding.words.remedy else [],
        "stale_since": format_time(reading.at, "medium") if reading.at and not reading.fresh else None,
    }


def _label(part: str) -> str:
    kind, _colon, name = part.partition(":")
    if kind == "queue":
        return _("Queue: %(channel)s", channel=_(CHANNELS[name].label))
    return _(PARTS[part])


def _sentence(words: Words) -> str:
    values = {name: _value(value) for name, value in words.values.items()}
    return _(words.text, **values) if values else _(words.text)


def _value(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return relative_time(value)
    return format_decimal(value) if isinstance(value, int | float) else str(value)
