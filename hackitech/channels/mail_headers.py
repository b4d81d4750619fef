"""Mail headers that say exactly what they were given.

The standard library reads a value before it writes it: what looks like an encoded word is decoded, with the
line breaks in it, and long words come out with spaces. Here a value is text, and only ever encoded.
"""

from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
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
        return f"{self.name}: {self.written()}{policy.linesep}"

    def written(self) -> str:
        """Return the value on one line: an address or an id that is encoded in pieces is of no use."""
        return str(self)


class _Text(_Given):
    def written(self) -> str:
        """Return the value folded, and encoded where it has to be."""
        return _encode(str(self), self.name)


class _Mailbox(_Given):
    given: Address

    def written(self) -> str:
        """Return the name, encoded where it has to be, and the address."""
        if _is_plain(self.given.display_name):
            return str(self)  # quoted where it has to be
        return f"{_encode(self.given.display_name, self.name)}{SMTP.linesep} <{self.given.addr_spec}>"


KINDS: dict[str, type[_Given]] = {"from": _Mailbox, "to": _Mailbox, "subject": _Text}
"""What is none of these is ours to the letter: ids, times, addresses of this site, types of content."""


class _Headers:
    """What the policy asks of its registry of kinds."""

    def __getitem__(self, name: str) -> type[_Given]:
        return KINDS.get(name.lower(), _Given)

    def __call__(self, name: str, value: Any) -> _Given:
        return self[name](name, value)


POLICY: "EmailPolicy[Any]" = SMTP.clone(header_factory=_Headers())


def written(head: EmailMessage) -> bytes:
    """Return the headers as they are sent."""
    return b"".join(POLICY.fold_binary(name, value) for name, value in head.raw_items())


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and len(text) < LONGEST_LINE


@lru_cache(maxsize=1024)  # a subject is written to many, a name often
def _encode(text: str, name: str) -> str:
    plain, width = _is_plain(text), POLICY.max_line_length or 0
    if plain and len(f"{name}: {text}") <= width:
        return text
    charset = "us-ascii" if plain else "utf-8"
    return Header(text, charset, maxlinelen=width, header_name=name).encode(linesep=POLICY.linesep)
