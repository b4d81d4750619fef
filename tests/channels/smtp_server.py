"""A real SMTP server whose answers are scripted by recipient."""

import asyncio
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hackitech.supervisor.probes import free_port

HANG = "hang"
DROP = "drop"


@dataclass
class Received:
    """A mail that the server took."""

    recipients: list[str]
    message: EmailMessage
    raw: bytes


class ScriptedSmtp:
    """`at_rcpt` and `at_data` map the part before the @ to an answer, or to HANG or DROP."""

    def __init__(self, **options: Any) -> None:
        self.received: list[Received] = []
        self.at_rcpt: dict[str, str] = {}
        self.at_data: dict[str, str] = {}
        self.connections = 0
        self.resets = 0
        self.used_tls: list[bool] = []
        self.mails_per_connection = 0
        self.pipelining = False
        self.takes_content_for_nobody = False
        self.port = free_port()
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port, **options)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._controller.start()
        self.connections = 0  # starting makes one, to see whether it serves
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_RSET(self, *_: Any) -> str:
        self.resets += 1
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._play(server, self.at_rcpt.get(address.partition("@")[0], "250 OK"))
        if answer.startswith("2") or self.takes_content_for_nobody:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append(Received(envelope.rcpt_tos, message, envelope.content))
        self.used_tls.append(session.ssl is not None)
        if self.mails_per_connection and len(self.received) % self.mails_per_connection == 0:
            asyncio.get_running_loop().call_later(0.02, _hang_up, server)
        return await self._play(server, self.at_data.get(envelope.rcpt_tos[0].partition("@")[0], "250 OK"))

    async def _play(self, server: SMTP, answer: str) -> str:
        if answer == HANG:
            await asyncio.sleep(30)
        if answer == DROP:
            _hang_up(server)
        return answer


class _Controller(Controller):
    def __init__(self, script: ScriptedSmtp, **options: Any) -> None:
        super().__init__(script, **options)
        self._script = script

    def factory(self) -> SMTP:
        self._script.connections += 1
        return super().factory()


def _hang_up(server: SMTP) -> None:
    if server.transport:
        server.transport.close()
