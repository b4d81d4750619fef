"""Read the types of notification from their files, and refuse what is broken with its line and a remedy."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from hackitech.catalog.categories import CATEGORIES, category_position
from hackitech.catalog.definitions import (
    PARAM_TYPES,
    ChannelDefault,
    ParamDefinition,
    TypeDefinition,
    Wording,
)
from hackitech.catalog.names import is_key, is_param_name
from hackitech.catalog.params import check_value
from hackitech.catalog.rendering import ACTOR, render_event_wording, trials
from hackitech.catalog.source import Table, open_file
from hackitech.catalog.wording import WordingError, check_template
from hackitech.core.i18n import LOCALES
from hackitech.models.event import PRIORITIES
from hackitech.models.notification import IN_APP

FOLDER = Path(__file__).resolve().parent
TYPE_KEYS = (
    "key", "category", "priority", "retention_days", "digest_key", "sign_action", "internal",
    "label", "description", "params", "channels", "wording",
)  # fmt: skip
PARAM_KEYS = ("type", "required", "example", "label")
CHANNEL_KEYS = ("enabled", "mandatory", "reason", "escalate_after")
WORDING_KEYS = ("title", "message", "action_label")
OVERRIDE_KEYS = ("subject", "body")
OFF = ChannelDefault(enabled=False)
"""What a file says of a channel that it does not name, so that a new channel changes no file."""

_DELAY = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def load_types(channels: Iterable[str], folder: Path = FOLDER) -> dict[str, TypeDefinition]:
    """Return every type that has a file in `folder`, by key, in the order in which they are shown.

    Raises:
        CatalogError: a file is broken; its text says where and what to write instead.
    """
    known = tuple(channels)
    types = [load_type(path, known) for path in sorted(folder.glob("*.toml"))]
    types.sort(key=lambda definition: category_position(definition.category))
    return {definition.key: definition for definition in types}


def has_file(key: str, folder: Path = FOLDER) -> bool:
    """Return whether a file describes the type of this key."""
    return is_key(key) and (folder / f"{key}.toml").exists()


def load_type(path: Path, channels: Collection[str]) -> TypeDefinition:
    """Return the type that a file describes.

    Raises:
        CatalogError: the file is broken.
    """
    file = open_file(path)
    file.only(TYPE_KEYS)
    _check_key(file, path.stem)
    params = {name: _param(name, table) for name, table in file.tables("params").items()}
    definition = TypeDefinition(
        key=path.stem,
        category=file.choice("category", CATEGORIES),
        label=file.texts("label"),
        description=file.texts("description"),
        params=params,
        channels=_channels(file.table("channels"), channels),
        wording=_wordings(file.table("wording"), channels, (*params, ACTOR)),
        priority=file.choice("priority", PRIORITIES),
        retention_days=_retention(file),
        digest_key=file.find("digest_key", str),
        sign_action=file.find("sign_action", bool) or False,
        internal=file.find("internal", bool) or False,
    )
    _try_out(definition, file)
    return definition


def _check_key(file: Table, stem: str) -> None:
    if not is_key(stem):
        file.refuse(f'"{stem}" cannot be a key', "Name the file in small letters, digits and _.")
    if file.get("key", str) != stem:
        wrong = file.values["key"]
        file.refuse(f'key "{wrong}" differs from the name of the file', f'Write key = "{stem}".', "key")


def _retention(file: Table) -> int:
    days = file.get("retention_days", int)
    return days if days > 0 else file.refuse("retention_days is not positive", "Write 180.", "retention_days")


def _delay(table: Table) -> int | None:
    text = table.find("escalate_after", str)
    if text is None:
        return None
    if found := _DELAY.fullmatch(text):
        return int(found[1]) * _SECONDS[found[2]]
    return table.refuse(f'"{text}" is not a delay', 'Write it as "30m", "4h" or "2d".', "escalate_after")


def _param(name: str, table: Table) -> ParamDefinition:
    if not is_param_name(name):
        table.refuse(f'"{name}" cannot be a param', "Write another name, in small letters, digits and _.")
    table.only(PARAM_KEYS)
    param = ParamDefinition(
        name=name,
        type=table.choice("type", PARAM_TYPES),
        required=table.get("required", bool),
        example=table.values.get("example"),
        label=table.texts("label"),
    )
    if param.example is None:
        table.refuse(f'missing key "example" in [params.{name}]', "Write example = and a likely value.")
    try:
        check_value(param, param.example)
    except ValueError as error:
        table.refuse(f'the example of "{name}" is not of type {param.type}', str(error), "example")
    return param


def _channels(table: Table, channels: Collection[str]) -> dict[str, ChannelDefault]:
    table.only(channels, "channel")
    return {
        channel: _channel(table.table(channel), channel) if channel in table.values else OFF
        for channel in channels
    }


def _channel(table: Table, channel: str) -> ChannelDefault:
    table.only(CHANNEL_KEYS)
    enabled = table.get("enabled", bool)
    mandatory = table.find("mandatory", bool) or False
    if mandatory and not enabled:
        table.refuse(f"{channel} is mandatory and not enabled", "Write enabled = true.", "enabled")
    if mandatory and "reason" not in table.values:
        hint = f"Write [channels.{channel}.reason] with {' and '.join(LOCALES)}: members read it."
        table.refuse(f"{channel} is mandatory without a reason", hint, "mandatory")
    if not mandatory and "reason" in table.values:
        table.refuse(f"{channel} has a reason and is not mandatory", "Write mandatory = true.", "reason")
    if "escalate_after" in table.values and (mandatory or channel == IN_APP):
        table.refuse(f"{channel} cannot wait for itself to be read", "Leave it out.", "escalate_after")
    return ChannelDefault(enabled, mandatory, table.texts("reason") if mandatory else None, _delay(table))


def _wordings(table: Table, channels: Collection[str], variables: Collection[str]) -> dict[str, Wording]:
    overridable = [channel for channel in channels if channel != IN_APP]
    table.only(LOCALES, "language")
    for locale in LOCALES:
        if locale not in table.values:
            table.refuse(f'missing language "{locale}" in wording', f"Write [wording.{locale}].")
    return {locale: _wording(table.table(locale), overridable, variables) for locale in LOCALES}


def _wording(table: Table, channels: Collection[str], variables: Collection[str]) -> Wording:
    table.only((*WORDING_KEYS, *channels))
    overrides = {}
    for channel in channels:
        if channel in table.values:
            texts = table.table(channel)
            texts.only(OVERRIDE_KEYS)
            overrides[channel] = {key: _template(texts, key, variables) for key in texts.values}
    return Wording(
        title=_template(table, "title", variables),
        message=_template(table, "message", variables),
        action_label=_template(table, "action_label", variables) if "action_label" in table.values else None,
        channels=overrides,
    )


def _template(table: Table, key: str, variables: Collection[str]) -> str:
    source = table.text(key)
    for problem in check_template(table.values[key], variables):
        table.refuse(problem.message, problem.hint, key, line=problem.line)
    return source


def _try_out(definition: TypeDefinition, file: Table) -> None:
    """Render with what senders may give, little and much, so that none of them finds out first."""
    for values, actor in trials(definition):
        try:
            render_event_wording(definition, values, actor)
        except WordingError as error:
            file.refuse(error.problem.message, error.problem.hint, "wording")
