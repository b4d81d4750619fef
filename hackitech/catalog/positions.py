"""Where each key of a TOML document stands: `tomllib` tells the values but not their lines."""

import re
from typing import NamedTuple

_NAME = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
_PATH = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"\s*\[\s*({_PATH})\s*\]")
_KEY = re.compile(rf"\s*({_PATH})\s*=\s*(.*)")

Path = tuple[str, ...]


class Place(NamedTuple):
    """The lines, from 1, of a key and of the first character of its text."""

    line: int
    text: int


def locate(document: str) -> dict[Path, Place]:
    """Return the place of every table and key of a valid document; an inline table is one key."""
    places: dict[Path, Place] = {}
    table: Path = ()
    fence = ""
    for number, line in enumerate(document.split("\n"), start=1):
        if fence:
            fence = "" if fence in line else fence
        elif header := _HEADER.match(line):
            table = _split(header[1])
            _place_outwards(places, table, number)
        elif key := _KEY.match(line):
            path = table + _split(key[1])
            value = key[2]
            opened = value[:3] if value[:3] in ('"""', "'''") else ""
            _place_outwards(places, path, number)
            places[path] = Place(number, number + (opened != "" and value.rstrip("\r") == opened))
            fence = opened if opened not in value[3:] else ""
    return places


def _place_outwards(places: dict[Path, Place], path: Path, number: int) -> None:
    # `[a.b]` opens `a` as well, where nothing opened it before.
    for length in range(1, len(path) + 1):
        places.setdefault(path[:length], Place(number, number))


def _split(path: str) -> Path:
    return tuple(name.strip("\"'") for name in re.findall(_NAME, path))
