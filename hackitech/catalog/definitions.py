"""What a type of notification is, whether it was read from its file or from the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PARAM_TYPES = ("string", "integer", "number", "boolean", "url", "datetime")

ByLocale = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ParamDefinition:
    """One value that a sender provides and the wording uses."""

    name: str
    type: str
    required: bool
    example: Any
    label: ByLocale


@dataclass(frozen=True, slots=True)
class ChannelDefault:
    """What a type does on one channel unless the member chose otherwise."""

    enabled: bool
    mandatory: bool = False
    reason: ByLocale | None = None
    escalate_after: int | None = None
    """Seconds that this channel waits for the notification to be read in the inbox; None: it does not."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a type says in one language: Liquid sources."""

    title: str
    message: str
    action_label: str | None = None
    channels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By channel, what it says in other words: `subject`, `body`."""

    def as_json(self) -> dict[str, Any]:
        """Return the shape that `template_version.wording` holds."""
        label = {"action_label": self.action_label} if self.action_label else {}
        overrides = {channel: dict(texts) for channel, texts in self.channels.items()}
        return {"title": self.title, "message": self.message, **label, **overrides}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Wording":
        """Return the wording that `as_json` stored."""
        return cls(
            title=stored["title"],
            message=stored["message"],
            action_label=stored.get("action_label"),
            channels={name: texts for name, texts in stored.items() if isinstance(texts, Mapping)},
        )


@dataclass(frozen=True, slots=True)
class TypeDefinition:
    """Everything about a type that a file says."""

    key: str
    category: str
    label: ByLocale
    description: ByLocale
    params: Mapping[str, ParamDefinition]
    channels: Mapping[str, ChannelDefault]
    wording: Mapping[str, Wording]
    priority: str = "normal"
    retention_days: int = 180
    digest_key: str | None = None
    sign_action: bool = False
    """Whether the link in an email is signed, so that following it proves who received it."""
    internal: bool = False
    """Sent by the notification centre itself and by nobody else."""


@dataclass(frozen=True, slots=True)
class LoadedType(TypeDefinition):
    """A type as the database has it, with the wording in force."""

    retired: bool = False
    """No file describes it any more: history shows it, nobody can send it."""

    @property
    def is_listed(self) -> bool:
        """Whether members find it among the types: not what they alone send, to themselves."""
        optional = any(one.enabled and not one.mandatory for one in self.channels.values())
        return not self.retired and (optional or not self.internal)
