"""One line to a mail server: what is said on it for each mail, as much at once as the server takes."""

import contextlib
import select
import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

OK = (250, 251)
GO_ON = 354
CLOSING = 421
QUIT_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class Mail:
    """A finished message and its envelope."""

    sender: str
    recipient: str
    content: bytes
    """Its lines end with CRLF, the last one too."""

    def __post_init__(self) -> None:
        if not (self.sender + self.recipient).isprintable():
            raise ValueError("an address that would add a command")

    @property
    def envelope(self) -> tuple[str, str, str]:
        """What is said before the content."""
        return f"MAIL FROM:<{self.sender}>", f"RCPT TO:<{self.recipient}>", "DATA"


class Line:
    """A connection that takes one mail after the other, and hears of the next before it is asked for it.

    A server that offers PIPELINING (RFC 2920) gets the whole envelope in one write, any other its first
    command, so that it prepares its answers while we do something else. It accepts nothing without content.
    """

    def __init__(self, smtp: smtplib.SMTP, config: Mapping[str, Any]) -> None:
        self.announced: Mail | None = None
        self._smtp = smtp
        self._config = config
        self._at_once = 3 if smtp.has_extn("pipelining") else 1

    def announce(self, mail: Mail) -> None:
        """Begin the envelope of a mail, and leave the answers for later."""
        self._smtp.send("".join(f"{command}\r\n" for command in mail.envelope[: self._at_once]))
        self.announced = mail

    def agree(self, mail: Mail) -> None:
        """Say what is left of the envelope, and hear all answers to it.

        Raises:
            SMTPResponseException: the server refuses sender, recipient or mail.
            OSError: the line is lost.
        """
        began_early = self.announced is mail
        if not began_early:
            self.announce(mail)
        self.announced = None
        refusal = None
        for number, command in enumerate(mail.envelope):
            if number >= self._at_once:
                if refusal:
                    break
                self._smtp.putcmd(command)
            code, answer = self._smtp.getreply()
            wanted = (GO_ON,) if command == "DATA" else OK
            if code not in wanted and refusal is None:
                refusal = _refusal(mail, number, code, answer)
            elif refusal and code == GO_ON:
                self._smtp.close()  # it waits for a content that nobody would get
            if code == CLOSING:
                break
        if refusal:
            raise refusal
        if began_early and self._says_something():  # nobody asked: it takes leave, or has hung up
            raise smtplib.SMTPServerDisconnected("before the content")

    def submit(self, content: bytes, meanwhile: Callable[[], Mail | None]) -> None:
        """Say the content and hear whether it is accepted; then announce the mail that `meanwhile` returned.

        Raises:
            SMTPDataError: it is refused.
            OSError: the line is lost; it may have been accepted or not.
        """
        self.set_timeout(self._config["SMTP_DATA_TIMEOUT"])
        self._smtp.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        following = meanwhile()
        code, answer = self._smtp.getreply()
        if code not in OK:
            raise smtplib.SMTPDataError(code, answer)
        self.set_timeout(self._config["SMTP_COMMAND_TIMEOUT"])
        if following:
            with contextlib.suppress(OSError):  # the next one will find the line lost: this one is accepted
                self.announce(following)

    def begin_anew(self) -> bool:
        """Return whether the server is ready for the next mail after it refused one."""
        try:
            self.set_timeout(self._config["SMTP_COMMAND_TIMEOUT"])
            return self._smtp.rset()[0] in OK
        except OSError:
            return False

    def end(self) -> None:
        """Take leave, unless a mail was begun: after DATA that would be taken for its content."""
        if self.announced is None:
            with contextlib.suppress(OSError):
                self.set_timeout(QUIT_TIMEOUT)
                self._smtp.quit()
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._smtp.close()

    def set_timeout(self, seconds: float) -> None:
        """Wait that long for each answer from now on."""
        if self._smtp.sock:
            self._smtp.sock.settimeout(seconds)

    def _says_something(self) -> bool:
        waiting = select.poll()
        waiting.register(self._smtp.sock or -1, select.POLLIN)
        return bool(waiting.poll(0))


def _refusal(mail: Mail, number: int, code: int, answer: bytes) -> smtplib.SMTPResponseException:
    if number == 0:
        return smtplib.SMTPSenderRefused(code, answer, mail.sender)
    return smtplib.SMTPDataError(code, answer)
