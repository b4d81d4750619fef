"""Text as people type it, made comparable."""

import unicodedata

LIGATURES = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "’": "'"}


class _Folding(dict[int, int | str | None]):
    """What each character becomes, by code point: none where it is a mark; rare ones are looked up."""

    def __missing__(self, code: int) -> int | None:
        return None if unicodedata.combining(chr(code)) else code


_FOLDING = _Folding()
_FOLDING.update({code: _FOLDING[code] for code in range(0x370)})
_FOLDING.update({ord(letter): plain for letter, plain in LIGATURES.items()})


def fold(text: str) -> str:
    """Return `text` without case and accents, for search: « Équipe » and "equipe" are the same."""
    return unicodedata.normalize("NFKD", text.casefold()).translate(_FOLDING)


def like_pattern(text: str) -> str:
    r"""Return a LIKE pattern that finds folded `text` anywhere; escape character is a backslash."""
    escaped = fold(text).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
