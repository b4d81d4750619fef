"""One SMTP connection for a batch of mails, and what the server's answers mean."""

import contextlib
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from hackitech.channels.base import Permanent, Technical, Temporary
from hackitech.channels.outcomes import clean
from hackitech.channels.smtp_server import detail_of, open_connection

NOT_THIS_RECIPIENT = (550, 551, 553)
MAILBOX_FULL = 552
CLOSING = 421
LINES_LOST_RUNNING = 2
QUIT_TIMEOUT = 2.0

Failure = Temporary | Permanent | Technical


@dataclass(frozen=True, slots=True)
class Mail:
    """A finished message and its envelope."""

    sender: str
    recipient: str
    content: bytes


class _LineLost(Temporary):
    """The line broke; `idle` if a server that had worked hung up before the mail was on its way."""

    def __init__(self, detail: str, *, idle: bool) -> None:
        super().__init__(detail)
        self.idle = idle


class Mailer:
    """Sends mails one after the other; connects at the first, and again when the server hung up.

    What the next mail cannot mend (no connection, refused credentials, two lines lost running) is raised at
    once for all that are left.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._smtp: smtplib.SMTP | None = None
        self._given_up: Temporary | Technical | None = None
        self._lines_lost = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp:
            with contextlib.suppress(OSError):
                _set_timeout(self._smtp, QUIT_TIMEOUT)
                self._smtp.quit()
        self._hang_up()

    def send(self, mail: Mail) -> None:
        """Hand a mail to the server.

        Raises:
            Temporary: try later; where the line broke in the middle of it, it may have arrived or not.
            Permanent: the server will never take mail for this address.
            Technical: the server refuses us, or what we wrote.
        """
        if self._given_up:
            raise self._given_up
        try:
            self._hand_over(mail)
        except _LineLost as lost:
            if not lost.idle:
                raise
            self._hand_over(mail)

    def _hand_over(self, mail: Mail) -> None:
        worked_before = self._smtp is not None
        smtp = self._smtp = self._smtp or self._connect()
        announced = False
        try:
            _announce(smtp, mail)
            announced = True
            self._transmit(smtp, mail.content)
        except smtplib.SMTPResponseException as refusal:
            raise self._refused(smtp, refusal, idle=worked_before and not announced) from None
        except OSError as error:  # what smtplib raises is one, too
            raise self._lost(error, idle=worked_before and not announced and not _timed_out(error)) from None
        self._lines_lost = 0

    def _connect(self) -> smtplib.SMTP:
        try:
            return open_connection(self._config)
        except (Temporary, Technical) as failure:
            self._given_up = failure
            raise

    def _transmit(self, smtp: smtplib.SMTP, content: bytes) -> None:
        _set_timeout(smtp, self._config["SMTP_DATA_TIMEOUT"])
        code, answer = smtp.data(content)
        if code != 250:
            raise smtplib.SMTPDataError(code, answer)
        _set_timeout(smtp, self._config["SMTP_COMMAND_TIMEOUT"])

    def _refused(self, smtp: smtplib.SMTP, refusal: smtplib.SMTPResponseException, *, idle: bool) -> Failure:
        self._lines_lost = 0
        if refusal.smtp_code == CLOSING:
            self._hang_up()
            return _LineLost(detail_of(refusal), idle=idle)
        try:
            _set_timeout(smtp, self._config["SMTP_COMMAND_TIMEOUT"])
            if smtp.rset()[0] != 250:
                self._hang_up()
        except OSError:
            self._hang_up()
        return failure_of(refusal)

    def _lost(self, error: Exception, *, idle: bool) -> _LineLost:
        self._hang_up()
        lost = _LineLost(f"the mail server hung up: {clean(str(error))}", idle=idle)
        self._lines_lost += not idle
        if self._lines_lost == LINES_LOST_RUNNING:
            self._given_up = lost
        return lost

    def _hang_up(self) -> None:
        if self._smtp:
            self._smtp.close()
        self._smtp = None


def failure_of(refusal: smtplib.SMTPResponseException) -> Failure:
    """Return the class of a refusal by its code; refusing our sender is never the recipient's fault."""
    code, detail = refusal.smtp_code, detail_of(refusal)
    if 400 <= code < 500 or code == MAILBOX_FULL:
        return Temporary(detail)
    if code in NOT_THIS_RECIPIENT and not isinstance(refusal, smtplib.SMTPSenderRefused):
        return Permanent(detail)
    return Technical(detail)


def _announce(smtp: smtplib.SMTP, mail: Mail) -> None:
    code, answer = smtp.mail(mail.sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, answer, mail.sender)
    code, answer = smtp.rcpt(mail.recipient)
    if code not in (250, 251):
        raise smtplib.SMTPDataError(code, answer)


def _timed_out(error: BaseException) -> bool:
    """Tell a silent server from one that hung up; smtplib says the same of both."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _set_timeout(smtp: smtplib.SMTP, seconds: float) -> None:
    if smtp.sock:
        smtp.sock.settimeout(seconds)
