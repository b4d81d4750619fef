"""What a type of notification is, whether it was read from its file or from the database."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

FILE, ADMIN = "file", "admin"
"""Where a type or its wording comes from: synchronised from a file, or made in the browser."""
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

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the source of every text that there is: `title`, `email.subject`."""
        yield "title", self.title
        yield "message", self.message
        if self.action_label:
            yield "action_label", self.action_label
        for channel, texts in self.channels.items():
            for name, text in texts.items():
                yield f"{channel}.{name}", text

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
class Defaults:
    """What an administrator decides about a type; where there is a file, that says it first."""

    category: str
    label: ByLocale
    description: ByLocale
    priority: str
    retention_days: int
    channels: Mapping[str, ChannelDefault]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, for the audit log."""
        return asdict(self)

    @property
    def fingerprint(self) -> str:
        """The same for the same values, so that a form can tell whether they changed since it was shown."""
        return fingerprint(self.as_json())


def fingerprint(values: Any) -> str:
    """Return what is the same for the same JSON, and for no other."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]


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

    @property
    def defaults(self) -> Defaults:
        """The part of it that administrators may change."""
        return Defaults(
            category=self.category,
            label=dict(self.label),
            description=dict(self.description),
            priority=self.priority,
            retention_days=self.retention_days,
            channels=dict(self.channels),
        )


@dataclass(frozen=True, slots=True)
class LoadedType(TypeDefinition):
    """A type as the database has it, with the wording in force."""

    retired: bool = False
    """No file describes it any more, or an administrator retired it: history shows it, nobody can send it."""
    source: str = FILE

    @property
    def is_listed(self) -> bool:
        """Whether members find it among the types: not what they alone send, to themselves."""
        optional = any(one.enabled and not one.mandatory for one in self.channels.values())
        return not self.retired and (optional or not self.internal)
