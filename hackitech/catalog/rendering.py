"""Say an event in every language, from its type and its params."""

from collections.abc import Iterator, Mapping
from typing import Any

from hackitech.catalog.definitions import TypeDefinition, Wording
from hackitech.catalog.params import MAX_TEXT, typed_params
from hackitech.catalog.wording import render, render_line

ACTOR = "actor"
"""The variable that wording has beside its params: the name of who did it, nil where nobody did."""
EXAMPLE_ACTOR = "Ana"
ONE_LINE = ("title", "action_label", "subject")


def trials(definition: TypeDefinition) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Yield params and actor to try wording with: all examples, the required ones alone, long texts."""
    examples = {name: param.example for name, param in definition.params.items()}
    yield examples, EXAMPLE_ACTOR
    yield {name: value for name, value in examples.items() if definition.params[name].required}, None
    long = [name for name, param in definition.params.items() if param.type in ("string", "url")]
    yield examples | dict.fromkeys(long, "/" + "x" * (MAX_TEXT - 1)), EXAMPLE_ACTOR


def render_event_wording(
    definition: TypeDefinition, params: Mapping[str, Any], actor: str | None = None
) -> dict[str, dict[str, Any]]:
    """Return, by language, `title`, `message`, perhaps `action_label`, and what a channel says otherwise.

    A channel's part, such as `email`, is there where the type has one: {"subject", "body"} or either.
    `params` are those that `check_params` returned, `actor` is a name.

    Raises:
        WordingError: the wording in force cannot be rendered with these params.
    """
    values = wording_values(definition, params, actor)
    return {locale: _say(wording, values, locale) for locale, wording in definition.wording.items()}


def wording_values(
    definition: TypeDefinition, params: Mapping[str, Any], actor: str | None
) -> dict[str, Any]:
    """Return every variable of a type's wording."""
    return typed_params(definition, params) | {ACTOR: actor}


def render_text(name: str, source: str, values: Mapping[str, Any], locale: str) -> str:
    """Render one of the texts of a wording, named as `Wording.texts` does.

    Raises:
        WordingError: it cannot be rendered with these values.
    """
    on_one_line = name.rpartition(".")[2] in ONE_LINE
    return (render_line if on_one_line else render)(source, values, locale)


def _say(wording: Wording, values: Mapping[str, Any], locale: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, source in wording.texts():
        channel, _dot, part = name.rpartition(".")
        where = said.setdefault(channel, {}) if channel else said
        where[part] = render_text(name, source, values, locale)
    return said
