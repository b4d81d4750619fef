"""What types and their params may be called."""

import re

from hackitech.catalog.rendering import ACTOR

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TAKEN = (ACTOR, "and", "blank", "contains", "empty", "false", "in", "nil", "not", "null", "or", "true")


def is_key(text: str) -> bool:
    """Return whether a type may have this key: small letters, digits and _, a letter first."""
    return _KEY.fullmatch(text) is not None


def is_param_name(text: str) -> bool:
    """Return whether a param may have this name, so that wording can use it as a variable."""
    return is_key(text) and text not in _TAKEN
