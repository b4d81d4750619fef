"""What is typed into the forms of types, and what they hold before anybody types."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from hackitech.admin.types_wording_view import read_wording
from hackitech.catalog.categories import CATEGORIES
from hackitech.catalog.definitions import ChannelDefault, Defaults, ParamDefinition
from hackitech.catalog.filters import ZONE
from hackitech.catalog.wording import plain
from hackitech.channels.registry import channel_keys
from hackitech.core.i18n import LOCALES
from hackitech.core.local_time import zone_of
from hackitech.types.service import NewType

Form = Mapping[str, str]
UNITS = {"d": 86400, "h": 3600, "m": 60}
"""Seconds; a time is shown in the largest that divides it."""
DEFAULT_RETENTION = 180
TRUE_WORDS = ("true", "yes", "oui", "vrai", "1")
FALSE_WORDS = ("false", "no", "non", "faux", "0")


def read_defaults(form: Form) -> Defaults:
    """Return the defaults that a form says, wrong ones too: what is no number is 0."""
    return Defaults(
        category=form.get("category", ""),
        label=_by_locale(form, "label"),
        description=_by_locale(form, "description"),
        priority=form.get("priority", ""),
        retention_days=_number(form.get("retention_days", "")),
        channels={channel: _read_channel(form, f"channels.{channel}") for channel in channel_keys()},
    )


def _read_channel(form: Form, path: str) -> ChannelDefault:
    mandatory = f"{path}.mandatory" in form
    wait = form.get(f"{path}.escalate_after", "").strip()
    seconds = _number(wait) * UNITS.get(form.get(f"{path}.unit", ""), 0)
    return ChannelDefault(
        enabled=f"{path}.enabled" in form,
        mandatory=mandatory,
        reason=_by_locale(form, f"{path}.reason") if mandatory else None,
        escalate_after=seconds if wait else None,
    )


def read_params(form: Form) -> list[ParamDefinition]:
    """Return the params that a form says; rows without a name are left out."""
    return [_read_param(form, f"params.{row}") for row in filled_rows(form)]


def filled_rows(form: Form) -> list[int]:
    """Return the numbers of the rows of params that have a name."""
    rows = [name.split(".")[1] for name, value in form.items() if _is_name(name) and value.strip()]
    return sorted(int(row) for row in rows)


def _is_name(field: str) -> bool:
    parts = field.split(".")
    if len(parts) != 3 or (parts[0], parts[2]) != ("params", "name"):
        return False
    return parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 4


def _read_param(form: Form, path: str) -> ParamDefinition:
    kind = form.get(f"{path}.type", "")
    return ParamDefinition(
        name=_line(form.get(f"{path}.name", "")),
        type=kind,
        required=f"{path}.required" in form,
        example=_example(kind, _line(form.get(f"{path}.example", ""))),
        label=_by_locale(form, f"{path}.label"),
    )


def _example(kind: str, text: str) -> Any:
    """Return what an example means; text that means nothing of this kind stays text, which is refused."""
    if kind == "boolean" and text.lower() in TRUE_WORDS + FALSE_WORDS:
        return text.lower() in TRUE_WORDS
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text.replace(",", "."))
        if kind == "datetime":
            moment = dt.datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone_of(str(ZONE)))).isoformat()
    except (ValueError, OverflowError):
        return text
    return text


def read_type(form: Form) -> NewType:
    """Return the new type that a form describes; its params are those of `tidy_form`."""
    return NewType(
        key=form.get("key", "").strip(),
        defaults=read_defaults(form),
        params=read_params(form),
        wording={locale: read_wording(form, f"wording.{locale}.") for locale in LOCALES},
    )


def tidy_form(form: Form) -> dict[str, str]:
    """Return a form with its rows of params numbered one after the other, those without a name left out."""
    tidy = {name: value for name, value in form.items() if not name.startswith("params.")}
    for number, row in enumerate(filled_rows(form)):
        start = f"params.{row}."
        tidy |= {
            f"params.{number}.{name.removeprefix(start)}": value
            for name, value in form.items()
            if name.startswith(start)
        }
    return tidy


def stored_form(defaults: Defaults) -> dict[str, str]:
    """Return the form of a type's defaults as it is when nobody has touched it."""
    form = {name: str(getattr(defaults, name)) for name in ("category", "priority", "retention_days")}
    for name in ("label", "description"):
        form |= {f"{name}.{locale}": text for locale, text in getattr(defaults, name).items()}
    for channel, default in defaults.channels.items():
        form |= {f"channels.{channel}.{name}": value for name, value in _channel_form(default).items()}
    return form


def _channel_form(default: ChannelDefault) -> dict[str, str]:
    form = {name: "1" for name in ("enabled", "mandatory") if getattr(default, name)}
    form |= {f"reason.{locale}": text for locale, text in (default.reason or {}).items()}
    if default.escalate_after:
        unit = next(
            unit for unit in ("d", "h", "m") if default.escalate_after % UNITS[unit] == 0 or unit == "m"
        )
        form |= {"escalate_after": str(default.escalate_after // UNITS[unit]), "unit": unit}
    return form


def params_form(params: Iterable[ParamDefinition]) -> dict[str, str]:
    """Return the rows of params as they are when nobody has touched them."""
    form: dict[str, str] = {}
    for row, param in enumerate(params):
        path = f"params.{row}"
        form |= {
            f"{path}.name": param.name,
            f"{path}.type": param.type,
            f"{path}.example": str(param.example),
        }
        form |= {f"{path}.label.{locale}": text for locale, text in param.label.items()}
        form |= {f"{path}.required": "1"} if param.required else {}
    return form


def blank_form() -> dict[str, str]:
    """Return the form of a new type before anything is typed: in the inbox, and by email."""
    usual = {"priority": "normal", "retention_days": str(DEFAULT_RETENTION)}
    on = {f"channels.{channel}.enabled": "1" for channel in channel_keys()[:2]}
    return {"category": next(iter(CATEGORIES)), **usual, **on}


def _by_locale(form: Form, path: str) -> dict[str, str]:
    return {locale: _line(form.get(f"{path}.{locale}", "")) for locale in LOCALES}


def _line(text: str) -> str:
    return " ".join(plain(text).split("\n")).strip()


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
