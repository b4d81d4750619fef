"""Whether a choice may be made: of known types and channels, and what is mandatory neither off nor late."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from hackitech.catalog.definitions import LoadedType
from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import CHANNELS, channel_keys
from hackitech.core.database import db
from hackitech.core.errors import Invalid
from hackitech.core.i18n import in_language
from hackitech.models.preference import DIRECT

Errors = dict[str, list[str]]


class Choice(TypedDict):
    """What a member wants of one type on one channel."""

    notification_type: str
    channel: str
    enabled: bool
    frequency: NotRequired[str]


class Changes(TypedDict, total=False):
    """What can change about a stored choice."""

    enabled: bool
    frequency: str


def pair_of(choice: Choice) -> tuple[str, str]:
    """Return the type and the channel that a choice is about."""
    return choice["notification_type"], choice["channel"]


def check_choice(choice: Choice) -> None:
    """Refuse a choice of an unknown type or channel, or one that turns off or puts off what is mandatory.

    Raises:
        Invalid
    """
    _refuse(_errors(choice))


def check_choices(choices: Sequence[Choice]) -> None:
    """Refuse choices of which one may not be made, or which contain a pair twice.

    Raises:
        Invalid: by `preferences.<index>.<field>`.
    """
    errors: Errors = {}
    seen: set[tuple[str, str]] = set()
    for index, choice in enumerate(choices):
        found = _errors(choice)
        if pair_of(choice) in seen:
            found = {"notification_type": ["This type and channel are in the list twice."]}
        seen.add(pair_of(choice))
        errors |= {f"preferences.{index}.{field}": texts for field, texts in found.items()}
    _refuse(errors)


def check_change(notification_type: str, channel: str, changes: Changes) -> None:
    """Refuse what `check_choice` does; a choice of a type that is retired by now may still change.

    Raises:
        Invalid
    """
    loaded = find_type(db.session(), notification_type)
    _refuse(_not_allowed(loaded, channel, changes))


def check_toggle(notification_type: str | None, channel: str | None) -> None:
    """Refuse to toggle nothing in particular, or what is unknown.

    Raises:
        Invalid
    """
    errors: Errors = {}
    if notification_type is None and channel is None:
        errors["body"] = ["Say which notification_type, which channel, or both."]
    if notification_type is not None and _find(notification_type) is None:
        errors["notification_type"] = [f"Unknown type {notification_type!r:.80}."]
    if channel is not None and channel not in channel_keys():
        errors["channel"] = [f"Unknown channel {channel!r:.80}."]
    _refuse(errors)


def _errors(choice: Choice) -> Errors:
    loaded = _find(choice["notification_type"])
    if loaded is None:
        return {"notification_type": [f"Unknown type {choice['notification_type']!r:.80}."]}
    if choice["channel"] not in loaded.channels:
        return {"channel": [f"Unknown channel {choice['channel']!r:.80}."]}
    asked = Changes(enabled=choice["enabled"], frequency=choice.get("frequency", DIRECT))
    return _not_allowed(loaded, choice["channel"], asked)


def _find(notification_type: str) -> LoadedType | None:
    """Return a type that can be sent."""
    loaded = find_type(db.session(), notification_type)
    return None if loaded is None or loaded.retired else loaded


def _not_allowed(loaded: LoadedType | None, channel: str, asked: Changes) -> Errors:
    errors: Errors = {}
    default = loaded.channels.get(channel) if loaded is not None else None
    mandatory = default is not None and default.mandatory
    if default is not None and mandatory and not asked.get("enabled", True):
        errors["enabled"] = [in_language(default.reason) if default.reason else "It is mandatory."]
    if asked.get("frequency", DIRECT) != DIRECT:
        if channel not in CHANNELS:
            errors["frequency"] = ["The inbox shows everything at once: only `direct`."]
        elif mandatory or (loaded is not None and loaded.internal):
            errors["frequency"] = ["What is mandatory, and summaries, leave at once: only `direct`."]
    return errors


def _refuse(errors: Errors) -> None:
    if errors:
        raise Invalid(errors)
