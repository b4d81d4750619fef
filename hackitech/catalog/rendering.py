"""Say an event in every language, from its type and its params."""

from collections.abc import Mapping
from typing import Any

from hackitech.catalog.definitions import TypeDefinition, Wording
from hackitech.catalog.params import typed_params
from hackitech.catalog.wording import render, render_line

ACTOR = "actor"
"""The variable that wording has beside its params: the name of who did it, nil where nobody did."""


def render_event_wording(
    definition: TypeDefinition, params: Mapping[str, Any], actor: str | None = None
) -> dict[str, dict[str, Any]]:
    """Return, by language, `title`, `message`, perhaps `action_label`, and what a channel says otherwise.

    A channel's part, such as `email`, is there where the type has one: {"subject", "body"} or either.
    `params` are those that `check_params` returned, `actor` is a name.

    Raises:
        WordingError: the wording in force cannot be rendered with these params.
    """
    values = typed_params(definition, params) | {ACTOR: actor}
    return {locale: _say(wording, values, locale) for locale, wording in definition.wording.items()}


def _say(wording: Wording, values: Mapping[str, Any], locale: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "title": render_line(wording.title, values, locale),
        "message": render(wording.message, values, locale),
    }
    if wording.action_label:
        said["action_label"] = render_line(wording.action_label, values, locale)
    for channel, texts in wording.channels.items():
        said[channel] = {
            name: (render_line if name == "subject" else render)(text, values, locale)
            for name, text in texts.items()
        }
    return said
