"""What changed between two wordings, line by line, and word by word within a line."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from hackitech.admin.types_wording_view import text_label
from hackitech.catalog.definitions import Wording

MOST_LINES = 400
"""Beyond, texts are not compared: comparing takes time that grows with the square."""
MOST_WORDS = 300
ALIKE = 0.5
"""How much of two lines must be the same for single words to be worth marking."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class Piece(NamedTuple):
    """A part of a line, and whether the other text has it not."""

    text: str
    changed: bool


class Line(NamedTuple):
    """A line that is only before ("-"), only after ("+"), or in both (" ")."""

    sign: str
    pieces: list[Piece]


def diff_rows(before: Wording, after: Wording) -> list[tuple[str, list[Line]]]:
    """Return the texts that differ, by name, each with all its lines."""
    old, new = dict(before.texts()), dict(after.texts())
    return [
        (text_label(name), list(diff_lines(old.get(name, ""), new.get(name, ""))))
        for name in dict.fromkeys([*old, *new])
        if old.get(name, "") != new.get(name, "")
    ]


def diff_lines(before: str, after: str) -> Iterator[Line]:
    """Yield the lines of both texts in their order."""
    old, new = (text.split("\n") if text else [] for text in (before, after))
    if max(len(old), len(new)) > MOST_LINES:
        yield from (_whole("-", line) for line in old)
        yield from (_whole("+", line) for line in new)
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            yield from (_whole(" ", line) for line in old[start:end])
        else:
            yield from _replaced(old[start:end], new[new_start:new_end])


def _replaced(old: list[str], new: list[str]) -> Iterator[Line]:
    """Yield lines that stand for each other, the old ones first, with the words that differ."""
    pairs = [_words(*pair) for pair in zip_longest(old, new)]
    yield from (Line("-", gone) for gone, _come in pairs if gone is not None)
    yield from (Line("+", come) for _gone, come in pairs if come is not None)


def _words(old: str | None, new: str | None) -> tuple[list[Piece] | None, list[Piece] | None]:
    if old is None or new is None:
        return tuple(None if line is None else [Piece(line, False)] for line in (old, new))  # type: ignore[return-value]
    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, before, after, False)
    if max(len(before), len(after)) > MOST_WORDS or matcher.ratio() < ALIKE:
        return [Piece(old, False)], [Piece(new, False)]
    gone: list[Piece] = []
    come: list[Piece] = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if end > start:
            gone.append(Piece("".join(before[start:end]), tag != "equal"))
        if new_end > new_start:
            come.append(Piece("".join(after[new_start:new_end]), tag != "equal"))
    return gone, come


def _whole(sign: str, line: str) -> Line:
    return Line(sign, [Piece(line, False)])
