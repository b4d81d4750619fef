"""An SMTP server that collects what it accepts, and answers as a test tells it to."""

import threading
import time
from collections import defaultdict
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hackitech.supervisor.probes import free_port

OK = "250 OK"
DROP = "drop the connection"


class Mail(NamedTuple):
    """A message with the envelope that it came in."""

    sender: str
    recipients: list[str]
    message: EmailMessage


class MailServer:
    """Real SMTP on loopback; `messages` is what it accepted, oldest first."""

    def __init__(self) -> None:
        self.messages: list[Mail] = []
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        self.url = f"smtp://127.0.0.1:{self._controller.port}"
        self.reset()

    def reset(self) -> None:
        """Forget messages and answers."""
        self.messages.clear()
        self._to_recipient: dict[str, list[str]] = defaultdict(lambda: [OK])
        self._to_data = [OK]

    def answer(self, recipient: str, *answers: str) -> None:
        """Answer RCPT for this address with each in turn, then with the last for ever."""
        self._to_recipient[recipient] = list(answers)

    def answer_data(self, *answers: str) -> None:
        """Answer DATA with each in turn, then with the last; DROP takes the mail and hangs up."""
        self._to_data = list(answers)

    def wait_for(self, count: int, patience: float = 10.0) -> list[Mail]:
        """Return the messages as soon as there are `count`."""
        deadline = time.monotonic() + patience
        while len(self.messages) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.messages)} of {count} messages after {patience} s")
            time.sleep(0.02)
        return list(self.messages)

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self._next(self._to_recipient[address])
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self._say(server, answer)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        answer = self._next(self._to_data)
        if answer == DROP or answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            with self._lock:
                self.messages.append(Mail(envelope.mail_from or "", list(envelope.rcpt_tos), message))
        return self._say(server, answer)

    def _next(self, answers: list[str]) -> str:
        with self._lock:
            return answers.pop(0) if len(answers) > 1 else answers[0]

    @staticmethod
    def _say(server: SMTP, answer: str) -> str:
        if answer == DROP and server.transport:
            server.transport.close()
        return answer
