"""Messages as mail programs want them: headers that cannot be injected, a text and an HTML part."""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import MessageError, NonASCIILocalPartDefect
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from urllib.parse import urlsplit

from flask import current_app

from hackitech.channels.base import Permanent, Technical
from hackitech.channels.mail_headers import POLICY, written
from hackitech.channels.outcomes import one_line
from hackitech.channels.smtp_line import Mail
from hackitech.core import clock

PARTS = (
    b"Auto-Submitted: auto-generated\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_part"\r\n\r\n'
    b"--=_part\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"%b\r\n"
    b"--=_part\r\n"
    b'Content-Type: text/html; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"%b\r\n"
    b"--=_part--\r\n"
)
"""What is the same in every mail; EmailMessage writes it too, in ten times the time, and does the headers.

Quoted-printable cannot write "=_" (RFC 2045, section 6.7), so no text can end a part.
"""
_ATOM, _LABEL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_USUAL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})*)", re.ASCII | re.IGNORECASE)
"""Nearly every address: it needs neither the parser, which takes long, nor the alphabet of the DNS."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, and to whom."""

    to: Address
    subject: str
    text: str
    html: str
    message_id: str
    """The part before the @: a repeated mail carries the same, so that the far side can drop it."""
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(letter: Letter) -> Mail:
    """Return the finished message with its envelope.

    Raises:
        Technical: MAIL_FROM cannot be read.
    """
    sender = _sender(current_app.config["MAIL_FROM"])
    head = EmailMessage(policy=POLICY)
    head["From"] = sender
    head["To"] = letter.to
    head["Subject"] = one_line(letter.subject)
    head["Date"] = format_datetime(clock.now())
    head["Message-ID"] = f"<{letter.message_id}@{urlsplit(current_app.config['PUBLIC_URL']).hostname}>"
    for name, value in letter.headers.items():
        head[name] = value
    parts = PARTS % (_quoted_printable(letter.text), _quoted_printable(letter.html))
    return Mail(sender.addr_spec, letter.to.addr_spec, written(head) + parts)


def _quoted_printable(text: str) -> bytes:
    lines = b"\n".join(text.encode().splitlines())
    return binascii.b2a_qp(lines).replace(b"\n", b"\r\n")


def address(name: str, email: str) -> Address:
    """Return a mailbox to write to, its domain as the DNS knows it.

    Raises:
        Permanent: it is no address.
        Technical: it is one that only servers for international mail take.
    """
    usual = _USUAL.fullmatch(email)
    if usual:
        return Address(one_line(name), *usual.groups())
    local, _, domain = email.rpartition("@")
    try:
        return Address(one_line(name), addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except NonASCIILocalPartDefect:
        raise Technical("an address with letters beyond ASCII before the @ is not supported") from None
    except (ValueError, IndexError, MessageError):  # the parser raises all of these for what is no address
        raise Permanent("not an address that mail can be sent to") from None


@cache
def _sender(text: str) -> Address:
    name, email = parseaddr(text)
    try:
        return address(name, email)
    except (Permanent, Technical):
        raise Technical("MAIL_FROM is not of the form Name <name@host>") from None
