"""The form of preferences: what was typed into it, what is wrong with it, and what it shows."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import marshmallow as ma
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from hackitech.core.api import flatten
from hackitech.core.errors import FieldErrors, Invalid
from hackitech.core.i18n import N_
from hackitech.core.local_time import at_time, local_day
from hackitech.delivery.timing import SUMMARY_TIME
from hackitech.models.notification_settings import WEEKDAYS
from hackitech.models.preference import FREQUENCIES
from hackitech.preferences.decision import Changes
from hackitech.preferences.service import Wanted
from hackitech.preferences.settings_decision import SettingsChanges
from hackitech.preferences.settings_queries import Settings, get_settings
from hackitech.preferences.settings_schemas import LARGEST_LIMIT, MOST_STRETCHES, ChangeSettingsSchema

Form = MultiDict[str, str]
Context = dict[str, Any]
ALL_WEEK, WORKDAYS, WEEKEND = list(WEEKDAYS), list(WEEKDAYS[:5]), list(WEEKDAYS[5:])


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of quiet as it stands in the form, good or not."""

    days: list[str] = field(default_factory=lambda: ALL_WEEK)
    start: str = ""
    end: str = ""


PRESETS = {
    "night": (N_("At night"), Stretch(ALL_WEEK, "22:00", "07:00")),
    "weekend": (N_("On weekend days"), Stretch(WEEKEND, "07:00", "22:00")),
    "work": (N_("During working hours"), Stretch(WORKDAYS, "09:00", "18:00")),
    "other": (N_("At other times"), Stretch()),
}
"""What the buttons that add quiet hours are called, and what they add."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form says, saved or not."""

    stretches: list[Stretch]
    daily_email_limit: str
    wanted: Wanted = field(default_factory=dict)
    with_settings: bool = True
    """False for a form that shows choices alone."""

    def changes(self) -> SettingsChanges:
        """Return the settings that it says.

        Raises:
            Invalid: by dotted path, as the JSON API answers it.
        """
        if not self.with_settings:
            return {}
        limit = self.daily_email_limit.strip()
        said = {
            "quiet_hours": [{"days": s.days, "start": s.start, "end": s.end} for s in self.stretches],
            "daily_email_limit": int(limit) if limit.isascii() and limit.isdigit() else limit or None,
        }
        try:
            changes: SettingsChanges = ChangeSettingsSchema().load(said)
        except ma.ValidationError as error:
            raise Invalid(flatten(error.messages)) from None
        return changes

    def after(self, step: str) -> "Draft":
        """Return what a button that changes the form itself makes of it."""
        name, _dash, number = step.partition("-")
        if name == "remove":
            kept = [s for place, s in enumerate(self.stretches) if str(place) != number]
            return replace(self, stretches=kept)
        if (
            step in PRESETS
            and len(self.stretches) < MOST_STRETCHES
            and PRESETS[step][1] not in self.stretches
        ):
            return replace(self, stretches=[*self.stretches, PRESETS[step][1]])
        return self


def stored_draft(user_id: int) -> Draft:
    """Return the form as it is when nobody has touched it."""
    settings = get_settings(user_id)
    stretches = [Stretch(**quiet) for quiet in settings.quiet_hours]
    return Draft(stretches, str(settings.daily_email_limit or ""))


def read_draft(form: Form) -> Draft:
    """Return what was sent; of choices, those alone that were on the page (`shown`, `channels`)."""
    on = set(form.getlist("on"))
    shown, channels = (form.get(name, "").split() for name in ("shown", "channels"))
    wanted: dict[tuple[str, str], Changes] = {}
    for pair in ((key, channel) for key in shown for channel in channels):
        wanted[pair] = Changes(enabled=":".join(pair) in on)
        frequency = form.get(f"frequency:{':'.join(pair)}")
        if frequency in FREQUENCIES:
            wanted[pair]["frequency"] = frequency
    stretches = [
        Stretch(
            form.getlist(f"quiet-{n}-days"), form.get(f"quiet-{n}-start", ""), form.get(f"quiet-{n}-end", "")
        )
        for n in form.getlist("quiet")[: MOST_STRETCHES + 1]
    ]
    return Draft(stretches, form.get("daily_email_limit", ""), wanted, with_settings="settings" in form)


def settings_context(draft: Draft, errors: FieldErrors | None = None) -> Context:
    """Return what `_settings.html` and `_pause.html` show."""
    names = get_locale().days["format"]["abbreviated"]
    settings: Settings = get_settings(current_user.id)
    return {
        "weekdays": [(day, names[place]) for place, day in enumerate(WEEKDAYS)],
        "stretches": draft.stretches,
        "presets": [(key, _(label)) for key, (label, _stretch) in PRESETS.items()],
        "can_add": len(draft.stretches) < MOST_STRETCHES,
        "daily_email_limit": draft.daily_email_limit,
        "largest_limit": LARGEST_LIMIT,
        "timezone": settings.timezone,
        "paused_until": settings.paused_until,
        "errors": _sentences(errors or {}, draft),
    }


def _sentences(errors: FieldErrors, draft: Draft) -> dict[str, str]:
    """Return what is wrong in the reader's words, by the id of the field."""
    return {path.replace("quiet_hours", "quiet").replace(".", "-"): _sentence(path, draft) for path in errors}


def _sentence(path: str, draft: Draft) -> str:
    match path.split("."):
        case ["daily_email_limit"]:
            return _("The limit of emails is a whole number from 1 to 1,000, or empty.")
        case ["quiet_hours", _number, "days", *_rest]:
            return _("Choose at least one day.")
        case ["quiet_hours", number, "end"] if draft.stretches[int(number)].start:
            if draft.stretches[int(number)].end == draft.stretches[int(number)].start:
                return _("Quiet hours end at another time than they begin.")
        case ["quiet_hours"]:
            return _("Leave some time of the week without quiet hours. To stop everything for days, pause.")
    return _("Say when quiet hours begin and end, such as 22:00 and 07:00.")


def pause_end(choice: str, date: str, now: dt.datetime, timezone: str) -> dt.datetime | None:
    """Return when a pause ends: in the morning of `tomorrow`, of next `monday` or of a `date`; "" is now.

    Raises:
        Invalid: that is none of them.
    """
    if choice == "":
        return None
    today = local_day(now, timezone)
    days = {"tomorrow": 1, "monday": 7 - today.weekday()}
    try:
        day = today + dt.timedelta(days=days[choice]) if choice in days else dt.date.fromisoformat(date)
        return at_time(day, SUMMARY_TIME, timezone)
    except (ValueError, OverflowError):
        raise Invalid({"paused_until": ["Not a day."]}) from None
