"""Read a TOML file field by field, and say where it is wrong and what to write instead."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from hackitech.catalog.definitions import ByLocale
from hackitech.catalog.hints import suggest
from hackitech.catalog.positions import Place, locate
from hackitech.core.i18n import LOCALES

T = TypeVar("T")
Keys = tuple[str, ...]

_KINDS = {
    str: 'a text in quotes, such as "…"',
    bool: "true or false, without quotes",
    int: "a whole number, without quotes",
    dict: "a table",
}


class CatalogError(Exception):
    """A file that cannot be used: where (file and line), what is wrong, and what to write instead."""

    def __init__(self, file: str, line: int, message: str, hint: str) -> None:
        super().__init__(f"{file}:{line}: {message}. {hint}")
        self.file = file
        self.line = line
        self.message = message
        self.hint = hint


class Table:
    """One table of a file; each way of reading a key refuses what does not fit."""

    def __init__(
        self, file: str, places: Mapping[Keys, Place], path: Keys, values: Mapping[str, Any]
    ) -> None:
        self.file = file
        self.path = path
        self.values = values
        self._places = places

    def place(self, *keys: str) -> Place:
        """Return where a key stands, or the nearest table around it."""
        path = self.path + keys
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, Place(1, 1))

    def refuse(self, message: str, hint: str, *keys: str, line: int = 0) -> NoReturn:
        """Raise the error for a key; `line` counts from 1 within its text."""
        place = self.place(*keys)
        raise CatalogError(self.file, place.text + line - 1 if line else place.line, message, hint)

    def only(self, allowed: Collection[str], what: str = "key") -> None:
        """Refuse any key that is not among `allowed`."""
        where = self._where() if what == "key" else ""
        for key in self.values:
            if key not in allowed:
                self.refuse(f'unknown {what} "{key}"{where}', suggest(key, allowed), key)

    def get(self, key: str, kind: type[T]) -> T:
        """Return a value that must be there and of this kind."""
        if key not in self.values:
            self.refuse(f'missing key "{key}"{self._where()}', f"Write {key} = {_KINDS[kind]}.")
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.refuse(f'"{key}" is of the wrong kind{self._where()}', f"Write {_KINDS[kind]}.", key)
        return value

    def find(self, key: str, kind: type[T]) -> T | None:
        """Return a value of this kind, or None where it is left out."""
        return self.get(key, kind) if key in self.values else None

    def text(self, key: str) -> str:
        """Return a text that is not blank."""
        text = self.get(key, str).strip()
        return text or self.refuse(f'"{key}" is empty{self._where()}', "Write its text.", key)

    def choice(self, key: str, options: Collection[str]) -> str:
        """Return one of the given words."""
        word = self.get(key, str)
        if word not in options:
            self.refuse(f'unknown {key} "{word}"', suggest(word, options), key)
        return word

    def table(self, key: str) -> "Table":
        """Return a table within this one."""
        header = ".".join((*self.path, key))
        if key not in self.values:
            self.refuse(f"missing table [{header}]", f"Write [{header}] and its keys below it.")
        if not isinstance(self.values[key], dict):
            self.refuse(f'"{key}" is not a table', f"Write [{header}] and its keys below it.", key)
        return Table(self.file, self._places, (*self.path, key), self.values[key])

    def tables(self, key: str) -> dict[str, "Table"]:
        """Return the tables within a table, by name; none where it is left out."""
        if key not in self.values:
            return {}
        outer = self.table(key)
        return {name: outer.table(name) for name in outer.values}

    def by_locale(self, key: str, read: Callable[["Table", str], T]) -> dict[str, T]:
        """Return what `read` makes of each language; every language must be there and no other."""
        languages = self.table(key)
        languages.only(LOCALES, "language")
        for locale in LOCALES:
            if locale not in languages.values:
                name = ".".join(languages.path)
                languages.refuse(f'missing language "{locale}" in {name}', f"Write {name} in {locale} too.")
        return {locale: read(languages, locale) for locale in LOCALES}

    def texts(self, key: str) -> ByLocale:
        """Return a text in every language."""
        return self.by_locale(key, Table.text)

    def _where(self) -> str:
        return f" in [{'.'.join(self.path)}]" if self.path else ""


def open_file(path: Path) -> Table:
    """Read a TOML file as its outermost table.

    Raises:
        CatalogError: it is not UTF-8 or not TOML.
    """
    content = path.read_bytes()
    try:
        document = content.decode()
        values = tomllib.loads(document)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CatalogError(path.name, line, "not UTF-8 text", "Save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        message, line = _read_error(str(error), document)
        hint = 'Write key = "text", or [table] alone on its line, each once.'
        raise CatalogError(path.name, line, f"not valid TOML: {message}", hint) from None
    return Table(path.name, locate(document), (), values)


def _read_error(text: str, document: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", text)
    if not found:
        return text, 1
    message = found[1][0].lower() + found[1][1:]
    return message, int(found[2]) if found[2] else document.rstrip("\n").count("\n") + 1
