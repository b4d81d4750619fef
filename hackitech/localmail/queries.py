"""What the development mail server has kept: files, newest first."""

import datetime as dt
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import Any

from hackitech.core.errors import NotFound

ID = re.compile(r"(\d{1,20})-\d{1,9}", re.ASCII)
SHOWN = 200
_PARSERS: dict[bool, Any] = {
    True: BytesParser(EmailMessage, policy=policy.default),
    False: BytesHeaderParser(EmailMessage, policy=policy.default),
}


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One message, its file's name as id; without its content where only the list asks."""

    id: str
    at: dt.datetime
    content: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.content["Subject"] or "–")

    @property
    def sender(self) -> str:
        return str(self.content["From"] or self.content["X-Envelope-From"] or "")

    @property
    def to(self) -> str:
        """Whom it was really delivered to, whatever its header says."""
        return ", ".join(str(address) for address in self.content.get_all("X-Envelope-To", []))

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.content.items()]

    @property
    def text(self) -> str:
        """The plain part."""
        return self._part("plain") or ""

    @property
    def html(self) -> str | None:
        """The HTML part, as it was sent: never to be shown outside a sandbox."""
        return self._part("html")

    @property
    def has_html(self) -> bool:
        return self.html is not None

    def _part(self, kind: str) -> str | None:
        part = self.content.get_body(preferencelist=(kind,))
        if part is None:
            return None
        try:
            return str(part.get_content())
        except LookupError:  # a character set that nobody knows
            return bytes(part.get_payload(decode=True)).decode(errors="replace")


def list_mail(folder: Path) -> list[CaughtMail]:
    """Return the newest messages, headers only."""
    files = sorted(folder.glob("*.eml"), reverse=True)
    return [_read(file, whole=False) for file in files if ID.fullmatch(file.stem)][:SHOWN]


def get_mail(folder: Path, id_: str) -> CaughtMail:
    """Return one message.

    Raises:
        NotFound: there is none of this id, or not any more.
    """
    file = folder / f"{id_}.eml"
    if not ID.fullmatch(id_) or not file.is_file():
        raise NotFound("No mail has this id.")
    return _read(file, whole=True)


def _read(file: Path, *, whole: bool) -> CaughtMail:
    nanoseconds = int(file.stem.partition("-")[0])
    at = dt.datetime.fromtimestamp(nanoseconds / 1e9, dt.UTC)
    return CaughtMail(file.stem, at, _PARSERS[whole].parsebytes(file.read_bytes()))
