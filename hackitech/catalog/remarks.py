"""What is wrong with somebody's wording: said in English, and sayable in the language of whoever reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Remark(str):
    """A sentence in English that knows how it was made, so that a page can say it in another language."""

    text: str
    """The msgid, marked with `N_` where it stands."""
    values: dict[str, Any]

    def __new__(cls, text: str, **values: Any) -> "Remark":
        """Fill the values into the text."""
        remark = super().__new__(cls, text % values if values else text)
        remark.text, remark.values = text, values
        return remark

    def said(self, translate: Callable[..., str]) -> str:
        """Return it as `translate` says it: gettext, which takes the msgid and the values."""
        return translate(self.text, **self.values)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a template, at which of its lines (from 1), and what to write instead."""

    line: int
    message: Remark
    hint: Remark

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}. {self.hint}"
