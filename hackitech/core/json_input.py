"""Read JSON that strangers send: within limits, and without values that a database cannot hold."""

import json
from typing import Any, NoReturn

from flask import Request

from hackitech.core.database import MAX_ID
from hackitech.core.errors import Invalid, Malformed, UnsupportedMediaType

MAX_DEPTH = 20


def read_json(request: Request) -> Any:
    """Return the parsed body; an absent one is an empty object.

    Raises:
        UnsupportedMediaType: the body is something else than JSON.
        Malformed: it claims to be JSON and is not.
        Invalid: it holds NaN, a lone surrogate, NUL, a number beyond 64 bits, or nests too deep.
    """
    body = request.get_data(cache=True)
    if not body and not request.mimetype:
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    if not body:
        return {}
    return check_values(_parse(body))


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise Invalid(f"The body nests deeper than {MAX_DEPTH} levels.") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Malformed(f"The body is not JSON: {error}") from None
    except ValueError:
        raise Invalid("A number in the body is too long.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise Invalid(f"{name} is not a JSON number.")


def check_values(document: Any) -> Any:
    """Return `document` if every value in it can be stored, whatever its depth up to the limit."""
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Invalid(f"The body nests deeper than {MAX_DEPTH} levels.")
        if isinstance(value, dict):
            waiting.extend((child, depth + 1) for child in value.values())
            waiting.extend((key, depth) for key in value)
        elif isinstance(value, list):
            waiting.extend((child, depth + 1) for child in value)
        elif isinstance(value, str):
            check_text(value)
        elif isinstance(value, int | float) and not -MAX_ID <= value <= MAX_ID:
            raise Invalid("A number in the body is beyond 64 bits.")
    return document


def check_text(text: str) -> None:
    """Refuse text that Postgres or UTF-8 cannot hold."""
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise Invalid("Text may hold neither NUL nor a lone surrogate.")
