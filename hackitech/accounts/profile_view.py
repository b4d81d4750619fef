"""The page of the profile: what was typed into its forms, and what it shows."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import available_timezones

import marshmallow as ma
from babel.dates import format_date, format_time, get_datetime_format, get_timezone_gmt
from babel.numbers import format_decimal
from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from hackitech.accounts import queries
from hackitech.accounts.schemas import NewTokenSchema, ProfileSchema
from hackitech.core import clock
from hackitech.core.api import flatten
from hackitech.core.errors import FieldErrors, Invalid
from hackitech.core.i18n import LOCALES, N_, select_locale
from hackitech.core.local_time import zone_of
from hackitech.core.timezones import find_zone, zones_of
from hackitech.core.web import THEME_COOKIE, THEMES

Form = Mapping[str, str]
Context = dict[str, Any]
TOKENS_SHOWN = 20
READING, WRITING = "read", "read write"
TOKEN_DAYS = (30, 90, 365)
SAMPLE_NUMBER = 12345.6
SENTENCES = {
    "name": N_("Write a name of 1 to 100 characters, on one line."),
    "locale": N_("Choose one of the languages."),
    "timezone": N_("Choose a timezone from the list, such as Europe/Paris."),
    "theme": N_("Choose one of the themes."),
    "token_name": N_("Write what the token is for, in 1 to 100 characters."),
    "token_scopes": N_("Choose what the token may do."),
    "token_days": N_("Choose how long the token works."),
}
"""What is wrong with a field, where the error does not say it in the member's language itself."""


class Profile(NamedTuple):
    """What a member wants to be called, and how pages are to look."""

    changes: dict[str, str]
    theme: str


class WantedToken(NamedTuple):
    """An API token as a member asks for it; `days` is how long it works."""

    name: str
    scopes: list[str]
    days: int


def read_profile(form: Form) -> Profile:
    """Return what the first form says.

    Raises:
        Invalid: under the names of its fields.
    """
    locale, theme = form.get("locale", ""), form.get("theme", "")
    said = {
        "name": form.get("name", ""),
        "locale": locale,
        "timezone": find_zone(form.get("timezone", ""), _known(locale)),
    }
    wrong: dict[str, list[str]] = {} if theme in THEMES else {"theme": ["Not a theme."]}
    try:
        changes = ProfileSchema().load(said)
    except ma.ValidationError as error:
        raise Invalid({**flatten(error.messages), **wrong}) from None
    if wrong:
        raise Invalid(wrong)
    return Profile(changes, theme)


def read_token(form: Form) -> WantedToken:
    """Return the API token that a form asks for.

    Raises:
        Invalid: under the names of its fields.
    """
    days = form.get("token_days", "")
    wrong: dict[str, list[str]] = {}
    try:
        name = NewTokenSchema(only=["name"]).load({"name": form.get("token_name", "")})["name"]
    except ma.ValidationError:
        wrong["token_name"] = ["Not a name."]
    if form.get("token_scopes") not in (READING, WRITING):
        wrong["token_scopes"] = ["Not among those."]
    if days not in map(str, TOKEN_DAYS):
        wrong["token_days"] = ["Not among those."]
    if wrong:
        raise Invalid(wrong)
    return WantedToken(name, form["token_scopes"].split(), int(days))


def stored_profile() -> Form:
    """Return the first form as it is when nobody has touched it."""
    theme = request.cookies.get(THEME_COOKIE, "")
    stored = {name: getattr(current_user, name) for name in ("name", "locale", "timezone")}
    return stored | {"theme": theme if theme in THEMES else THEMES[0]}


def profile_context(form: Form, errors: FieldErrors | None = None) -> Context:
    """Return what `profile.html` shows; `form` holds what was typed into any of its forms."""
    now = clock.now()
    tokens = queries.tokens_of(current_user.id, now)
    whole = {**stored_profile(), **form}
    return {
        "form": whole,
        "errors": sentences(errors or {}),
        "zones": zones_of(select_locale()),
        "sample": sample_context(whole["locale"], whole["timezone"]),
        "tokens": queries.NEWEST_TOKENS.page(tokens, request.args.get("cursor"), TOKENS_SHOWN),
        "token_days": [(days, ngettext("%(num)s day", "%(num)s days", days)) for days in TOKEN_DAYS],
        "has_password": queries.has_password(current_user.id),
        "browsers": queries.count_sessions(current_user.id, now),
    }


def sample_context(locale: str, timezone: str) -> Context | None:
    """Return this moment and a number as a language and a timezone write them; None where there are none."""
    zone = find_zone(timezone, _known(locale))
    if locale not in LOCALES or zone not in available_timezones():
        return None
    local = clock.now().astimezone(zone_of(zone))
    day, time = format_date(local, "full", locale=locale), format_time(local, "short", locale=locale)
    pattern = str(get_datetime_format("medium", locale=locale))
    return {
        "locale": locale,
        "moment": local,
        "time": pattern.replace("{1}", day).replace("{0}", time),
        "offset": get_timezone_gmt(local, locale=locale),
        "number": format_decimal(SAMPLE_NUMBER, locale=locale),
    }


def sentences(errors: FieldErrors) -> dict[str, str]:
    """Return what is wrong in the member's words, by field."""
    return {field: _(SENTENCES.get(field, texts[0])) for field, texts in errors.items()}


def _known(locale: str) -> str:
    return locale if locale in LOCALES else select_locale()
