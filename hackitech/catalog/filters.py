"""The filters that wording may use: each is safe, and its output is no longer than its inputs together."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from babel.dates import format_date, format_time, get_timezone
from babel.numbers import format_decimal
from liquid.builtin.filters.misc import default
from liquid.builtin.filters.string import append, downcase, prepend, strip, truncatewords, upcase
from liquid.exceptions import FilterArgumentError
from liquid.filter import liquid_filter, string_filter

from hackitech.catalog.remarks import Remark
from hackitech.core.i18n import N_

ZONE = get_timezone("Europe/Paris")
"""Wording is rendered once for everybody, so its times are the platform's, not the reader's."""

_TAKES_TIME = Remark(N_("this filter takes a param of type datetime"))
_TAKES_NUMBER = Remark(N_("this filter takes a number"))
_AT = {"fr": "{} à {}", "en": "{} at {}"}
_SINGULAR = {"fr": lambda count: abs(count) < 2, "en": lambda count: abs(count) == 1}


class Moment:
    """A time that shows itself in words; templates cannot look inside."""

    __slots__ = ("_local", "_locale")

    def __init__(self, when: dt.datetime, locale: str) -> None:
        self._local = when.astimezone(ZONE)
        self._locale = locale

    def __str__(self) -> str:
        return _AT[self._locale].format(self.date(), self.time())

    def date(self) -> str:
        """Return the day alone: « 12 mars 2027 »."""
        return format_date(self._local.date(), "long", locale=self._locale)

    def day(self) -> str:
        """Return the day with its weekday: « vendredi 12 mars 2027 »."""
        return format_date(self._local.date(), "full", locale=self._locale)

    def time(self) -> str:
        """Return the time of day alone: « 18:00 »."""
        return format_time(self._local.time(), "short", locale=self._locale)


def filters_for(locale: str) -> dict[str, Callable[..., Any]]:
    """Return the filters, by name, that speak this language."""
    return {
        "append": append,
        "capitalize": _capitalize,
        "date": partial(_moment, show=Moment.date),
        "day": partial(_moment, show=Moment.day),
        "default": default,
        "downcase": downcase,
        "minus": _minus,
        "number": liquid_filter(partial(_number, locale=locale)),
        "plural": liquid_filter(partial(_plural, locale=locale)),
        "prepend": prepend,
        "strip": strip,
        "time": partial(_moment, show=Moment.time),
        "truncate": _truncate,
        "truncatewords": partial(truncatewords, end="…"),
        "upcase": upcase,
    }


@string_filter
def _capitalize(text: str) -> str:
    # Liquid's own also lowers the rest, which spoils names: « équipe Rust » → « Équipe rust ».
    return text[:1].upper() + text[1:]


@string_filter
def _truncate(text: str, length: Any = 50, end: Any = "…") -> str:
    length, end = int(_quantity(length)), str(end)
    return text if len(text) <= length else text[: max(length - len(end), 0)].rstrip() + end


@liquid_filter
def _minus(value: Any, other: Any) -> float:
    return _quantity(value) - _quantity(other)


def _number(value: Any, *, locale: str) -> str:
    return format_decimal(_quantity(value), locale=locale)


def _plural(value: Any, one: Any, many: Any, *, locale: str) -> str:
    return str(one) if _SINGULAR[locale](_quantity(value)) else str(many)


def _moment(value: Any, *, show: Callable[[Moment], str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, Moment):
        raise FilterArgumentError(_TAKES_TIME, token=None)
    return show(value)


def _quantity(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**63:
        raise FilterArgumentError(_TAKES_NUMBER, token=None)
    return value
