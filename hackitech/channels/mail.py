"""Messages as mail programs want them: headers that cannot be injected, a text and an HTML part."""

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
from hackitech.channels.mail_headers import POLICY
from hackitech.channels.outcomes import one_line
from hackitech.channels.smtp import Mail
from hackitech.core import clock

BOUNDARY = "=_part"
"""Neither quoted-printable nor base64 can write "=_" (RFC 2045, section 6.7), so no text can end a part."""


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
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{letter.message_id}@{urlsplit(current_app.config['PUBLIC_URL']).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text, cte="quoted-printable")
    message.make_alternative(boundary=BOUNDARY)
    message.add_alternative(letter.html, subtype="html", cte="base64")
    return Mail(sender.addr_spec, letter.to.addr_spec, message.as_bytes())


def address(name: str, email: str) -> Address:
    """Return a mailbox to write to, its domain as the DNS knows it.

    Raises:
        Permanent: it is no address.
        Technical: it is one that only servers for international mail take.
    """
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
