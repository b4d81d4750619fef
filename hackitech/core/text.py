"""Text as people type it, made comparable."""

import unicodedata

LIGATURES = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "’": "'"}
_TRANSLATION = str.maketrans(LIGATURES)


def fold(text: str) -> str:
    """Return `text` without case and accents, for search: « Équipe » and "equipe" are the same."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_TRANSLATION)


def like_pattern(text: str) -> str:
    r"""Return a LIKE pattern that finds folded `text` anywhere; escape character is a backslash."""
    escaped = fold(text).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
