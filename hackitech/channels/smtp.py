"""Mails of a batch over one SMTP connection, and what the server's answers mean."""

import smtplib
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from hackitech.channels.base import Permanent, Technical, Temporary
from hackitech.channels.outcomes import clean
from hackitech.channels.smtp_line import CLOSING, Line, Mail
from hackitech.channels.smtp_server import detail_of, open_connection

NOT_THIS_RECIPIENT = (550, 551, 553)
MAILBOX_FULL = 552
LINES_LOST_RUNNING = 2

Failure = Temporary | Permanent | Technical
Following = Callable[[], Mail | None]


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
        self._line: Line | None = None
        self._given_up: Temporary | Technical | None = None
        self._lines_lost = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line:
            self._line.end()

    def send(self, mail: Mail, following: Following) -> None:
        """Hand a mail to the server.

        `following` is called while the server reads it; it writes the next mail, which is announced then, or
        returns None, and must not raise.

        Raises:
            Temporary: try later; where the line broke in the middle of it, it may have arrived or not.
            Permanent: the server will never take mail for this address.
            Technical: the server refuses us, or what we wrote.
        """
        if self._given_up:
            raise self._given_up
        if self._line and self._line.announced not in (None, mail):
            self._hang_up()  # another was left out since
        try:
            self._hand_over(mail, following)
        except _LineLost as lost:
            if not lost.idle:
                raise
            self._hand_over(mail, following)

    def _hand_over(self, mail: Mail, following: Following) -> None:
        worked_before = self._line is not None
        line = self._line = self._line or self._connect()
        agreed = False
        try:
            line.agree(mail)
            agreed = True
            line.submit(mail.content, following)
        except smtplib.SMTPResponseException as refusal:
            raise self._refused(line, refusal, idle=worked_before and not agreed) from None
        except OSError as error:  # what smtplib raises is one, too
            raise self._lost(error, idle=worked_before and not agreed and not _timed_out(error)) from None
        self._lines_lost = 0

    def _connect(self) -> Line:
        try:
            return Line(open_connection(self._config), self._config)
        except (Temporary, Technical) as failure:
            self._given_up = failure
            raise

    def _refused(self, line: Line, refusal: smtplib.SMTPResponseException, *, idle: bool) -> Failure:
        self._lines_lost = 0
        if refusal.smtp_code == CLOSING:
            self._hang_up()
            return _LineLost(detail_of(refusal), idle=idle)
        if not line.begin_anew():
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
        if self._line:
            self._line.close()
        self._line = None


def failure_of(refusal: smtplib.SMTPResponseException) -> Failure:
    """Return the class of a refusal by its code; refusing our sender is never the recipient's fault."""
    code, detail = refusal.smtp_code, detail_of(refusal)
    if 400 <= code < 500 or code == MAILBOX_FULL:
        return Temporary(detail)
    if code in NOT_THIS_RECIPIENT and not isinstance(refusal, smtplib.SMTPSenderRefused):
        return Permanent(detail)
    return Technical(detail)


def _timed_out(error: BaseException) -> bool:
    """Tell a silent server from one that hung up; smtplib says the same of both."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
