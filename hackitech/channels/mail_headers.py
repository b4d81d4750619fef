"""Mail headers that say exactly what they were given.

The standard library reads a value before it writes it: what looks like an encoded word is decoded, with the
line breaks in it, and long words come out with spaces. Here a value is text, and only ever encoded.
"""

from email.header import Header
from email.headerregistry import Address, HeaderRegistry
from email.policy import SMTP, EmailPolicy, Policy
from functools import lru_cache
from typing import Any, Self

LONGEST_LINE = 900
"""SMTP allows 998; most lines are folded long before."""


class _Given(str):
    """A header that is kept as it was given; the policy has refused line breaks before."""

    max_count = 1
    name: str
    given: Any

    def __new__(cls, name: str, value: Any) -> Self:
        header = super().__new__(cls, value)
        header.name = name
        header.given = value
        return header

    def fold(self, *, policy: Policy) -> str:
        """Return the header as it is sent, with its line end."""
        return f"{self.name}: {self.written(policy)}{policy.linesep}"

    def written(self, policy: Policy) -> str:
        """Return the value on one line: an address or an id that is encoded in pieces is of no use."""
        return str(self)


class _Text(_Given):
    def written(self, policy: Policy) -> str:
        """Return the value folded, and encoded where it has to be."""
        return _encode(self, self.name, policy)


class _Mailbox(_Given):
    given: Address

    def written(self, policy: Policy) -> str:
        """Return the name, encoded where it has to be, and the address."""
        if _is_plain(self.given.display_name):
            return str(self)  # quoted where it has to be
        name = _encode(self.given.display_name, self.name, policy)
        return f"{name}{policy.linesep} <{self.given.addr_spec}>"


KINDS: dict[str, type[_Given]] = {
    "from": _Mailbox,
    "to": _Mailbox,
    "subject": _Text,
    "message-id": _Given,
    "auto-submitted": _Given,
    "list-unsubscribe": _Given,
    "list-unsubscribe-post": _Given,
}


class _Headers(HeaderRegistry):
    """Ours as given, the others as usual but remembered: the same in every mail, and slow to read."""

    def __init__(self) -> None:
        super().__init__()
        self._usual_kind = lru_cache(maxsize=32)(super().__getitem__)
        self._usual = lru_cache(maxsize=128)(super().__call__)

    def __getitem__(self, name: str) -> Any:
        return KINDS.get(name.lower()) or self._usual_kind(name)

    def __call__(self, name: str, value: Any) -> Any:
        kind = KINDS.get(name.lower())
        return kind(name, value) if kind else self._usual(name, value)


POLICY: "EmailPolicy[Any]" = SMTP.clone(header_factory=_Headers())


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and len(text) < LONGEST_LINE


def _encode(text: str, name: str, policy: Policy) -> str:
    charset = "us-ascii" if _is_plain(text) else "utf-8"
    width = policy.max_line_length or 0
    return Header(text, charset, maxlinelen=width, header_name=name).encode(linesep=policy.linesep)
