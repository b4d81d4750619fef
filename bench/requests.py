"""Measure list, deep page, unread count, mark as read and create in mailboxes of three sizes.

Every figure comes from one run: requests of all kinds and sizes take turns on one keep-alive
connection, so that what slows the machine slows them all, and medians are compared.
"""

import argparse
import statistics
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

from bench.mailboxes import SPACING, TYPE, prepare
from bench.server import Server
from hackitech.core.clock import after, time_text

SIZES = (100, 10_000, 1_000_000)
LIST = "/api/notifications/notifications/"
FLAT = ("list", "deep page", "unread count")
LIMIT = 1.3
"""What these may cost in the largest mailbox, as a multiple of the smallest."""

Call = Callable[[], float]


def run(kind: str, url: str, redis_url: str, options: argparse.Namespace) -> list[str]:
    """Measure on one database, print its table, and return a line for each limit that does not hold."""
    print(f"{kind}: filling mailboxes of {', '.join(f'{size:,}' for size in options.sizes)} …", flush=True)
    tokens = prepare(url, tuple(options.sizes))
    server = Server(url, redis_url)
    try:
        calls = {size: _calls(server, size, token) for size, token in tokens.items()}
        bare, times = _measure(server, calls, options.rounds)
    finally:
        server.close()
    return _report(kind, bare, times, tuple(options.sizes))


def _calls(server: Server, size: int, token: str) -> dict[str, Call]:
    """Return the requests on one mailbox, by name; each returns the seconds that it took."""
    deep = f"{LIST}?cursor={quote(_deep_cursor(server, size, token))}"
    me = server.call("GET", "/api/auth/me/", token)[1]["id"]
    invitation = {"notification_type": TYPE, "recipient": me, "params": {"team": "Rust"}}
    created: list[int] = []

    def create() -> float:
        took, notification = server.call("POST", LIST, token, invitation)
        created.append(notification["id"])
        return took

    return {
        "list": lambda: server.call("GET", LIST, token)[0],
        "deep page": lambda: server.call("GET", deep, token)[0],
        "unread count": lambda: server.call("GET", f"{LIST}unread_count/", token)[0],
        "create": create,
        "mark as read": lambda: server.call("POST", f"{LIST}{created.pop()}/mark_as_read/", token)[0],
    }


def _deep_cursor(server: Server, size: int, token: str) -> str:
    """Return the cursor of a page nine tenths down the mailbox."""
    before = time_text(after(-0.9 * size * SPACING)) or ""
    page = server.call("GET", f"{LIST}?page_size=2&created_before={quote(before)}", token)[1]
    return parse_qs(urlsplit(page["next"]).query)["cursor"][0]


def _measure(
    server: Server, calls: dict[int, dict[str, Call]], rounds: int
) -> tuple[float, dict[tuple[str, int], float]]:
    """Return the median seconds of the bare view, and of each kind of request in each mailbox."""
    taken: dict[tuple[str, int], list[float]] = {(kind, size): [] for size in calls for kind in calls[size]}
    bare: list[float] = []
    for _ in range(rounds):
        bare.append(server.call("GET", "/bare/", "")[0])
        for size, kinds in calls.items():
            for kind, call in kinds.items():
                taken[kind, size].append(call())
    return statistics.median(bare), {key: statistics.median(times) for key, times in taken.items()}


def _report(kind: str, bare: float, times: dict[tuple[str, int], float], sizes: tuple[int, ...]) -> list[str]:
    """Print one database's table, and return a line for each limit that does not hold."""
    print(f"\n{kind}: a bare Flask JSON view takes {bare * 1000:.2f} ms; × bare, then × the smallest mailbox")
    print("  " + "".ljust(14) + "".join(f"{size:>22,}" for size in sizes))
    failures = []
    for name in dict.fromkeys(name for name, _ in times):
        cells = []
        for size in sizes:
            ratio = times[name, size] / times[name, sizes[0]]
            cells.append(f"{times[name, size] * 1000:.2f} ms {times[name, size] / bare:5.1f} {ratio:5.2f}")
            if name in FLAT and ratio > LIMIT:
                failures.append(f"{kind}: {name} at {size:,} costs {ratio:.2f} × that at {sizes[0]:,}")
        print("  " + name.ljust(14) + "".join(cell.rjust(22) for cell in cells))
    return failures
