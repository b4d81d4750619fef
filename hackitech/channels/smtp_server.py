"""The mail server that SMTP_URL names: reading the address, connecting, encrypting, signing in."""

import ipaddress
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from hackitech.channels.base import Technical, Temporary
from hackitech.channels.outcomes import clean

HOW_TO = "SMTP_URL is not of the form smtp://[user:password@]host:port or smtps://…"


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes, and as whom we sign in."""

    host: str
    port: int
    user: str | None
    password: str
    implicit_tls: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read SMTP_URL.

        Raises:
            Technical: it cannot be read; the text says what to write.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Technical(HOW_TO) from None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise Technical(HOW_TO)
        implicit_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=port or (465 if implicit_tls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
            implicit_tls=implicit_tls,
        )


def open_connection(config: Mapping[str, Any]) -> smtplib.SMTP:
    """Connect, encrypt where the server offers it, and sign in where SMTP_URL says as whom.

    A certificate is checked whenever a password goes over the line. Without one, encryption is taken as it
    comes: the alternative would be none at all.

    Raises:
        Temporary: no connection, or the server does not serve now.
        Technical: it refuses our credentials, or SMTP_URL cannot be read.
    """
    server = Server.parse(config["SMTP_URL"])
    smtp = None
    try:
        smtp = _dial(server, config)
        if smtp.sock:
            smtp.sock.settimeout(config["SMTP_COMMAND_TIMEOUT"])
        _introduce(smtp, server)
        return smtp
    except OSError as error:  # what smtplib raises is one, too
        if smtp:
            smtp.close()
        raise _failure(error) from None


def detail_of(refusal: smtplib.SMTPResponseException) -> str:
    """Return the code and text of an answer, as far as they may be kept."""
    return f"{refusal.smtp_code} {clean(refusal.smtp_error)}"


def _dial(server: Server, config: Mapping[str, Any]) -> smtplib.SMTP:
    ourselves = _our_name(config["PUBLIC_URL"])  # or smtplib asks the DNS for it, which may take seconds
    timeout = config["SMTP_CONNECT_TIMEOUT"]
    if server.implicit_tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, ourselves, timeout=timeout, context=context)
    return smtplib.SMTP(server.host, server.port, ourselves, timeout=timeout)


def _introduce(smtp: smtplib.SMTP, server: Server) -> None:
    smtp.ehlo_or_helo_if_needed()
    if not server.implicit_tls and smtp.has_extn("starttls"):
        smtp.starttls(context=ssl.create_default_context() if server.user else None)
        smtp.ehlo_or_helo_if_needed()
    if server.user:
        smtp.login(server.user, server.password)


def _failure(error: OSError) -> Temporary | Technical:
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
        return Technical(f"the mail server refuses our credentials: {detail_of(error)}")
    if isinstance(error, smtplib.SMTPResponseException):
        return Temporary(f"the mail server does not serve: {detail_of(error)}")
    if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
        return Technical(f"the mail server cannot be used: {clean(str(error))}")
    return Temporary(f"no connection to the mail server: {clean(str(error))}")


def _our_name(public_url: str) -> str:
    host = urlsplit(public_url).hostname or "localhost"
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{literal}]" if literal.version == 6 else f"[{literal}]"
