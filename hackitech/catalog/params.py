"""The params of a notification: what a sender gives, checked against what the type declares."""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from hackitech.catalog.definitions import ParamDefinition, TypeDefinition
from hackitech.core.database import MAX_ID
from hackitech.core.errors import Invalid
from hackitech.core.security import is_action_link

MAX_TEXT = 2_000
YEARS = range(1970, 3000)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def check_params(definition: TypeDefinition, params: Any, *, partial: bool = False) -> dict[str, Any]:
    """Return the params as JSON values, times in UTC; `partial` lets required ones be left out.

    Raises:
        Invalid: `errors` names each wrong one as `params.NAME`.
    """
    if not isinstance(params, Mapping):
        raise Invalid({"params": ["Must be an object."]})
    errors: dict[str, list[str]] = {}
    known = ", ".join(definition.params) or "none"
    for name in params:
        if name not in definition.params:
            errors[f"params.{_printable(name)}"] = [f"Unknown param. This type has: {known}."]
    checked: dict[str, Any] = {}
    for name, param in definition.params.items():
        try:
            value = check_value(param, params.get(name), partial=partial)
        except ValueError as error:
            errors[f"params.{name}"] = [str(error)]
        else:
            checked |= {} if value is None else {name: value}
    if errors:
        raise Invalid(errors)
    return checked


def check_value(param: ParamDefinition, value: Any, *, partial: bool = False) -> Any:
    """Return one value as it is stored; None where it may be and is left out.

    Raises:
        ValueError: it does not fit; the text says what would.
    """
    if value is None or value == "":
        if param.required and not partial:
            raise ValueError("Missing: this type requires it.")
        return None
    return _CHECKS[param.type](value)


def typed_params(definition: TypeDefinition, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return every param of the type as wording takes it: times as times, None for what is left out."""
    return {
        name: _moment(params.get(name)) if param.type == "datetime" else params.get(name)
        for name, param in definition.params.items()
    }


def _moment(value: Any) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Must be a string.")
    if len(value) > MAX_TEXT:
        raise ValueError(f"Must be at most {MAX_TEXT} characters.")
    if _UNSTORABLE.search(value):
        raise ValueError("Must not hold NUL or lone surrogates.")
    return value


def _url(value: Any) -> str:
    link = _string(value)
    if not is_action_link(link):
        raise ValueError("Must be an https:// address or a path that starts with a single slash.")
    return link


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_ID:
        raise ValueError("Must be a whole number of at most 64 bits.")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, float) and math.isfinite(value) and abs(value) <= MAX_ID:
        return value
    if isinstance(value, float):
        raise ValueError("Must be a finite number.")
    return _integer(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Must be true or false.")
    return value


def _datetime(value: Any) -> str:
    try:
        moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(_string(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in YEARS:
        raise ValueError("Must be a time with its offset, such as 2027-03-12T18:00:00+01:00.")
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "url": _url,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "datetime": _datetime,
}


def _printable(name: Any) -> str:
    return re.sub(r"[^\w.-]", "?", str(name))[:64]
