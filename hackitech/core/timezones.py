"""Timezones as members look for them: by the city that their language names, or by IANA's name."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from babel import Locale

from hackitech.core.text import fold

AREAS = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/",
         "Indian/", "Pacific/")  # fmt: skip
"""Where people live; the other names are historical, or name no place."""
UTC = "UTC"


class Zone(NamedTuple):
    """A timezone to choose, and its city where the language calls that by another name."""

    name: str
    city: str


@cache
def zones_of(locale: str) -> list[Zone]:
    """Return what is offered, by name."""
    cities = Locale.parse(locale).time_zones
    places = sorted(name for name in available_timezones() if name.startswith(AREAS))
    return [Zone(UTC, ""), *(Zone(name, _city_in(cities.get(name, {}), name)) for name in places)]


def find_zone(text: str, locale: str) -> str:
    """Return the IANA name of what somebody typed, in any case; `text` itself where it is none."""
    typed = text.strip()
    return _names(locale).get(_comparable(typed), typed)


@cache
def _names(locale: str) -> dict[str, str]:
    cities: dict[str, str] = {}
    for zone in zones_of(locale):
        for city in filter(None, (_city(zone.name), zone.city)):
            cities.setdefault(_comparable(city), zone.name)
    return cities | {_comparable(name): name for name in available_timezones()}


def _city(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ")


def _city_in(words: Mapping[str, str], name: str) -> str:
    """Return what a language calls a city, if it is another name than IANA's."""
    city = words.get("city", "")
    return "" if city == _city(name) else city


def _comparable(text: str) -> str:
    return " ".join(fold(text).replace("_", " ").replace("-", " ").split())
