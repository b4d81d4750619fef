"""What was acknowledged, accepted and seen, and what of it was lost or doubled."""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

FAR = float("inf")
CHANNELS = ("email", "push")
"""Those by which every member of a run is reached."""

Copy = tuple[str, int]
"""A request's key, and a member who was to be told."""


@dataclass(eq=False, slots=True)
class Life:
    """One life of one process, from its start to its end."""

    name: str
    killed: bool = False
    """Whether it was ended as by a crash."""


class Outage(NamedTuple):
    """A crash of the database, and when it was back; seconds of the monotonic clock."""

    began: float
    ended: float


class Acceptance(NamedTuple):
    """A message that a provider took from a worker."""

    channel: str
    copy: Copy
    id: str
    """Message-ID or Topic: what the far side knows a duplicate by."""
    life: Life
    at: float


@dataclass
class Ledger:
    """What those outside know; any thread may add to it."""

    acknowledged: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """The members that each acknowledged request is for, by its key."""
    acceptances: list[Acceptance] = field(default_factory=list)
    seen: defaultdict[Copy, set[int]] = field(default_factory=lambda: defaultdict(set))
    """The ids under which a stream or a list showed each copy."""
    outages: list[Outage] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Answers that no fault explains."""
    closed: bool = False
    """Whether what is acknowledged from now on is of no interest any more."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, key: str, members: Sequence[int]) -> None:
        """Note that a request was answered with success."""
        with self._lock:
            if not self.closed:
                self.acknowledged[key] = tuple(members)

    def accept(self, acceptance: Acceptance) -> None:
        """Note that a provider took a message."""
        with self._lock:
            self.acceptances.append(acceptance)

    def see(self, copy: Copy, id_: int) -> None:
        """Note that a member saw a notification."""
        with self._lock:
            self.seen[copy].add(id_)

    def complain(self, what: str) -> None:
        """Note what should not have been answered."""
        with self._lock:
            self.complaints.append(what)

    def copies(self) -> list[Copy]:
        """Return every copy that was acknowledged."""
        return [(key, member) for key, members in list(self.acknowledged.items()) for member in members]

    def unseen(self) -> list[Copy]:
        """Return what was acknowledged and no stream has shown yet."""
        return [copy for copy in self.copies() if copy not in self.seen]

    def accepted(self) -> dict[str, int]:
        """Return how many different messages were accepted, by channel."""
        ids = {(taken.channel, taken.id) for taken in list(self.acceptances)}
        return {channel: sum(of == channel for of, _ in ids) for channel in CHANNELS}


def lost(
    ledger: Ledger,
    stored: Collection[Copy],
    waiting: Collection[tuple[str, Copy]],
    being_written: Collection[str] = (),
) -> list[str]:
    """Return what was acknowledged and neither is there nor was handed over nor waits for it.

    Of a request that is `being_written` still, nothing is expected yet.
    """
    copies = [copy for copy in ledger.copies() if copy[0] not in being_written]
    there = {(taken.channel, taken.copy) for taken in ledger.acceptances} | set(waiting)
    found = [f"inbox {copy}" for copy in copies if copy not in stored]
    return found + [
        f"{channel} {copy}" for copy in copies for channel in CHANNELS if (channel, copy) not in there
    ]


class Doubled(NamedTuple):
    """What came more than once: after a crash between acceptance and commit, or for no such reason."""

    by_crash: list[str]
    otherwise: list[str]


def doubled(ledger: Ledger) -> Doubled:
    """Return what a provider took, or an inbox showed, more than once."""
    struck = set(_struck(ledger))
    result = Doubled([], [f"inbox {copy}" for copy, ids in ledger.seen.items() if len(ids) > 1])
    for (channel, copy), taken in _grouped(ledger.acceptances).items():
        for number, (first, again) in enumerate(pairwise(taken)):
            excused = id(first) in struck and first.id == again.id
            (result.by_crash if excused else result.otherwise).append(f"{channel} {copy} no. {number + 2}")
    return result


def _grouped(acceptances: Iterable[Acceptance]) -> Mapping[tuple[str, Copy], list[Acceptance]]:
    groups = defaultdict(list)
    for taken in acceptances:
        groups[taken.channel, taken.copy].append(taken)
    return groups


def _struck(ledger: Ledger) -> Iterator[int]:
    """Find the acceptances whose commit a crash may have prevented.

    A worker has one message on its way at a time, so that is the last one before it was killed, and those
    around a crash of the database.
    """
    lives = defaultdict(list)
    for taken in ledger.acceptances:
        lives[taken.life].append(taken)
    for life, all_taken in lives.items():
        times = [-FAR, *(taken.at for taken in all_taken), FAR]
        for taken, before, after in zip(all_taken, times, times[2:], strict=False):
            interrupted = any(outage.began <= after and before <= outage.ended for outage in ledger.outages)
            if interrupted or (life.killed and after == FAR):
                yield id(taken)
