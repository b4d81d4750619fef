"""Torment a site of our own for some minutes; fail where anything that it acknowledged is lost or doubled.

Clients send through the API with Idempotency-Keys and repeat what was not answered, members read their
streams and resume them, a mail server and a push service note what they accept. Meanwhile processes are
killed and frozen, at random and at kill points, Redis forgets everything, Postgres crashes, the mail server
hangs up. Then all is started again and has the time to finish.
"""

import argparse
import signal
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from chaos.faults import torment
from chaos.ledger import Ledger
from chaos.people import LAST_PATIENCE, Readers, Senders
from chaos.report import Report, sum_up
from chaos.site import Site
from config import ROOT

SENDERS = 6
INTERRUPTED = 130
ANNOUNCED = 10.0
MARGIN = 120.0
"""Seconds that finishing may take beyond the lease and the second retry."""


def main() -> None:
    """Run for as long as the command line says, and exit with 1 where a promise was broken."""
    options = _options()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    options.logs.mkdir(parents=True, exist_ok=True)
    report = Report(Ledger())
    with ExitStack() as everything:
        folder = Path(everything.enter_context(tempfile.TemporaryDirectory(prefix="notifi-chaos-")))
        folder.chmod(0o711)
        site = Site(folder, everything, report, options.database, options.quick)
        site.start(everything, options.logs)
        failures = _run(site, options, stopping)
    if failures:
        raise SystemExit("\n".join([*failures, f"What the processes said is in {options.logs}."]))
    raise SystemExit(INTERRUPTED if stopping.is_set() else 0)


def _run(site: Site, options: argparse.Namespace, stopping: threading.Event) -> list[str]:
    senders = Senders(site.world, site.ledger, SENDERS, options.rate / SENDERS)
    readers = Readers(site.world, site.ledger)
    readers.start()
    senders.start()
    site.until(lambda: site.ledger.acknowledged or stopping.is_set(), LAST_PATIENCE)
    torment(site, options.seconds or options.minutes * 60, options.pause, stopping.is_set)
    site.heal()
    senders.stopping.set()
    drained = not stopping.is_set() and _drain(site, senders, stopping)
    readers.stopping.set()
    site.ledger.closed = True
    failures = sum_up(site.report, site.world, drained=drained)
    if not drained and not stopping.is_set():
        left = site.world.unfinished()
        failures.append(f"not finished: {left} deliveries or events, {len(site.ledger.unseen())} unseen")
    return failures


def _drain(site: Site, senders: Senders, stopping: threading.Event) -> bool:
    """Wait until the last request is answered and everything is delivered and seen; return whether it is."""
    settings = site.world.settings
    patience = settings["LEASE"] + sum(settings["EMAIL_RETRY_DELAYS"][:2]) + MARGIN
    site.report.tell("no more faults; finishing")
    site.until(lambda: stopping.is_set() or not senders.busy(), LAST_PATIENCE)

    def finished() -> bool:
        return not (site.world.unfinished() or site.ledger.unseen())

    deadline = time.monotonic() + patience
    while not site.until(lambda: stopping.is_set() or finished(), ANNOUNCED):
        left, seconds = site.world.unfinished(), site.world.next_due()
        site.report.tell(f"{left} still to be done, next in {seconds:.0f} s")
        if time.monotonic() > deadline:
            return False
    return not stopping.is_set()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long things go wrong")
    parser.add_argument("--seconds", type=float, help="the same, for a short run")
    parser.add_argument("--quick", action="store_true", help="leases and retries of seconds, as in tests")
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between two faults, on average")
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second")
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--logs", type=Path, default=ROOT / "instance" / "chaos", help="folder for logs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
