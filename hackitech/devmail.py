"""The development mail catcher: takes every message over real SMTP and writes it to a folder.

Some addresses simulate an outcome, at any domain and for themselves alone; the README lists them. What
follows `+` in an address is ignored: `temp-fail+ada@…` is one of them, too.
"""

import argparse
import asyncio
import itertools
import os
import signal
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MESSAGE = 10 * 1024 * 1024
REFUSED = {
    "temp-fail": "451 4.3.0 Simulated: try again later",
    "perm-fail": "550 5.1.1 Simulated: no such mailbox",
    "mailbox-full": "552 5.2.2 Simulated: the mailbox is full",
}
GREYLISTED = "451 4.7.1 Simulated: not at the first try"
GREYLIST, SLOW, HANG_UP = "greylist", "slow", "hang-up"
SIMULATED = (*REFUSED, GREYLIST, SLOW, HANG_UP)


class Catcher:
    """Keeps the newest messages of a folder as `.eml` files whose names sort by arrival."""

    def __init__(self, folder: Path, keep: int, slow: float) -> None:
        self.folder = folder
        self.keep = keep
        self.slow = slow
        self.greylisted: set[str] = set()
        self.numbers = itertools.count()
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob("*.new"):
            unfinished.unlink()
        self.kept = sorted(folder.glob("*.eml"))

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer to take several commands at once, as most mail servers do."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, or answer what its address asks to simulate."""
        simulated = _simulated(address)
        if simulated in REFUSED:
            return REFUSED[simulated]
        if simulated == GREYLIST and address not in self.greylisted:
            self.greylisted.add(address)
            return GREYLISTED
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a message, unless one of its recipients asks for something else."""
        simulated = {_simulated(address) for address in envelope.rcpt_tos}
        if SLOW in simulated:
            await asyncio.sleep(self.slow)
        if HANG_UP in simulated and server.transport:
            server.transport.close()
            return "421 Nobody hears this"
        return f"250 Kept as {self.keep_message(envelope)}"

    def keep_message(self, envelope: Envelope) -> str:
        """Write a message to the folder, its envelope as headers on top, and return its name."""
        senders = [f"X-Envelope-From: {envelope.mail_from}"]
        recipients = [f"X-Envelope-To: {address}" for address in envelope.rcpt_tos]
        head = "".join(f"{line}\r\n" for line in senders + recipients).encode(errors="replace")
        assert isinstance(envelope.content, bytes)
        name = f"{time.time_ns():020}-{next(self.numbers):06}"
        unfinished, final = self.folder / f"{name}.new", self.folder / f"{name}.eml"
        unfinished.write_bytes(head + envelope.content)
        os.replace(unfinished, final)
        self.kept.append(final)
        self.forget_oldest()
        return name

    def forget_oldest(self) -> None:
        """Remove what is more than the folder may keep."""
        while len(self.kept) > self.keep:
            self.kept.pop(0).unlink(missing_ok=True)


def _simulated(address: str) -> str:
    """Return the part of an address that may name an outcome."""
    return address.partition("@")[0].partition("+")[0].lower()


async def serve(port: int, catcher: Catcher) -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    catcher.forget_oldest()
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def session() -> SMTP:
        return SMTP(catcher, hostname="localhost", data_size_limit=LARGEST_MESSAGE, enable_SMTPUTF8=True)

    server = await loop.create_server(session, "127.0.0.1", port)
    await stop.wait()
    server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--keep", type=int, default=500, help="messages kept (the newest)")
    parser.add_argument("--slow", type=float, default=10.0, help="seconds that `slow@…` waits")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, Catcher(arguments.folder, arguments.keep, arguments.slow)))


if __name__ == "__main__":
    main()
