"""What a run says while it goes on, and at its end."""

import time
from collections import Counter

from chaos.ledger import Ledger, doubled, lost
from chaos.world import World

MOST = 20
"""Lines of each kind of failure that are shown."""


class Report:
    """Prints a line for each thing that happens, with the figures so far."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.faults: Counter[str] = Counter()
        self._began: float | None = None

    def tell(self, what: str, counted: str | None = None) -> None:
        """Say that something happened, and count it as a fault of that kind."""
        if counted:
            self.faults[counted] += 1
        self._began = self._began or time.monotonic()
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        accepted = sum(self.ledger.accepted().values())
        print(
            f"{minutes:2}:{seconds:02}  {what:<34} acknowledged {len(self.ledger.acknowledged):>6}  "
            f"accepted {accepted:>6}  seen {len(self.ledger.seen):>6}",
            flush=True,
        )


def sum_up(report: Report, world: World, *, drained: bool) -> list[str]:
    """Print what there was and return what must not be; unless all is drained, what waits is not lost."""
    ledger = report.ledger
    # In this order: what is finished meanwhile is then found in one place or the other.
    being_written, waiting, stored = world.being_written(), world.waiting(), world.stored()
    accepted, twice = ledger.accepted(), doubled(ledger)
    missing = lost(ledger, stored, ()) if drained else lost(ledger, stored, waiting, being_written)
    missing += [f"stream {copy}" for copy in ledger.unseen()] if drained else []
    rows = {
        "faults": ", ".join(f"{number} × {what}" for what, number in report.faults.most_common()),
        "acknowledged": f"{len(ledger.acknowledged)} requests, for {len(ledger.copies())} notifications",
        "accepted": ", ".join(f"{number} by {channel}" for channel, number in accepted.items()),
        "seen": f"{len(ledger.seen)} notifications on streams",
        "waiting": f"{len(waiting)} deliveries",
        "lost": f"{len(missing)}",
        "doubled": f"{len(twice.otherwise)}; {len(twice.by_crash)} by crashes between acceptance and commit",
    }
    print("\n" + "\n".join(f"{name:<14}{row}" for name, row in rows.items()), flush=True)
    failures = {"lost": missing, "doubled": twice.otherwise, "answered": ledger.complaints}
    return [f"{name}: {line}" for name, lines in failures.items() for line in lines[:MOST]]
