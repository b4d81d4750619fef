"""What to write instead of a word that is not known."""

import difflib
from collections.abc import Collection


def suggest(word: str, options: Collection[str]) -> str:
    """Say what to write instead of `word`: all the options if they are few, else the closest."""
    close = difflib.get_close_matches(word, options, n=1)
    if close and len(options) > 6:
        return f'Did you mean "{close[0]}"?'
    return f"Write one of: {', '.join(options)}." if options else "Remove it: none is possible here."
