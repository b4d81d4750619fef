"""What would have left under other settings: the rules about time, run over what happened.

Nothing here asks a database or a clock.
"""

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from hackitech.core.local_time import local_day
from hackitech.delivery.holding import COUNTED
from hackitech.delivery.timing import Situation, Window, holding
from hackitech.models.event import URGENT
from hackitech.models.notification import IN_APP
from hackitech.models.notification_settings import QuietHours
from hackitech.models.preference import DIRECT
from hackitech.models.rules import SENDING_RULES, Rule
from hackitech.models.statuses import Status

SENT = (Status.SENT, Status.DELIVERED)
FAILED = (Status.TEMPORARY_FAILURE, Status.PERMANENT_FAILURE, Status.TECHNICAL_FAILURE)
"""What could not be delivered would not have been otherwise either."""
WISHED = (
    *(Rule.MANDATORY, Rule.TURNED_OFF, Rule.TURNED_ON, Rule.DEFAULT_ON, Rule.DEFAULT_OFF),
    *(Rule.ALREADY_READ, Rule.EXPIRED),
)
"""What these rules decided depends on the member's wishes; what others did is as it was."""


class LedgerRow(Protocol):
    """One delivery of the ledger."""

    notification_id: int
    notification_type: str
    in_app_rule: str
    in_inbox: bool
    created_at: dt.datetime
    read_at: dt.datetime | None
    archived_at: dt.datetime | None
    deleted_at: dt.datetime | None
    priority: str
    expires_at: dt.datetime | None
    channel: str
    target: int
    generation: int
    status: str
    rule: str
    left_at: dt.datetime


class Wish(NamedTuple):
    """What is wished of one type on one channel."""

    enabled: bool
    frequency: str = DIRECT
    mandatory: bool = False
    escalate_after: int | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that the rules look at, of one member."""

    pairs: Mapping[tuple[str, str], Wish]
    timezone: str
    quiet_hours: Sequence[QuietHours] = ()
    daily_email_limit: int | None = None
    without_summaries: frozenset[str] = frozenset()
    """Channels on which summaries are turned off."""

    def of(self, row: LedgerRow, channel: str, rule: str) -> Wish:
        """Return what is wished of a row; of a type that is retired by now, what was."""
        was = Wish(enabled=rule in SENDING_RULES, mandatory=rule == Rule.MANDATORY)
        return self.pairs.get((row.notification_type, channel), was)


def count_sent(rows: Iterable[LedgerRow], span: Window) -> Counter[str]:
    """Count by channel what left in a stretch of time, and what came to the inbox in it."""
    sent = Counter(row.channel for row in rows if row.status in SENT and span.start <= row.left_at < span.end)
    inbox = {row.notification_id for row in rows if row.in_inbox and span.start <= row.created_at < span.end}
    return sent + Counter({IN_APP: len(inbox)})


def count_wished(rows: Iterable[LedgerRow], wishes: Wishes, span: Window) -> Counter[str]:
    """Count by channel what would have left in a stretch of time, and what would have come to the inbox.

    Rows from some days before help: a summary may carry them into the stretch.
    """
    listed = list(rows)
    inbox = {
        row.notification_id
        for row in listed
        if span.start <= row.created_at < span.end and _comes_to_inbox(row, wishes)
    }
    return _Run(wishes, span).count(listed) + Counter({IN_APP: len(inbox)})


def _comes_to_inbox(row: LedgerRow, wishes: Wishes) -> bool:
    wish = wishes.of(row, IN_APP, row.in_app_rule)
    return row.in_app_rule in WISHED and (wish.mandatory or wish.enabled)


def _goes(row: LedgerRow, wishes: Wishes) -> bool:
    wish = wishes.of(row, row.channel, row.rule)
    possible = row.rule in WISHED and row.status not in FAILED and row.generation == 0
    return possible and (wish.mandatory or wish.enabled)


class _Turn(NamedTuple):
    """A delivery is looked at, at a time; `place` keeps turns of the same time in order."""

    at: dt.datetime
    place: int
    row: Any
    held: bool = False
    summarised: bool = False


@dataclass(slots=True)
class _Run:
    """Deliveries that fall due one after the other, as relays would see them."""

    wishes: Wishes
    span: Window
    left: Counter[str] = field(default_factory=Counter)
    emails: Counter[dt.date] = field(default_factory=Counter)
    """By the member's days."""
    summaries: set[tuple[str, int, dt.datetime]] = field(default_factory=set)
    """What a channel holds until the same moment leaves as one, to each device."""

    def count(self, rows: Sequence[LedgerRow]) -> Counter[str]:
        turns = [self._first_turn(place, row) for place, row in enumerate(rows) if _goes(row, self.wishes)]
        heapq.heapify(turns)
        while turns and turns[0].at < self.span.end:
            turn = heapq.heappop(turns)
            again = self._take(turn)
            if again is not None:
                heapq.heappush(turns, again)
        return self.left

    def _first_turn(self, place: int, row: LedgerRow) -> _Turn:
        wish = self.wishes.of(row, row.channel, row.rule)
        if wish.escalate_after is None or wish.mandatory or row.priority == URGENT:
            return _Turn(row.created_at, place, row)
        return _Turn(row.created_at + dt.timedelta(seconds=wish.escalate_after), place, row, held=True)

    def _take(self, turn: _Turn) -> _Turn | None:
        """Let a delivery leave or drop, or return when it is looked at again."""
        row, summary = turn.row, (turn.row.channel, turn.row.target, turn.at)
        if _is_over(turn) or (turn.summarised and summary in self.summaries):
            return None
        hold = holding(self._situation(row, turn.at), turn.at)
        if hold is not None:
            return _Turn(hold.until, turn.place, row, held=True, summarised=True)
        if turn.summarised:
            self.summaries.add(summary)
            if row.channel in self.wishes.without_summaries:
                return None
        if row.channel == COUNTED:
            self.emails[local_day(turn.at, self.wishes.timezone)] += 1
        if turn.at >= self.span.start:
            self.left[row.channel] += 1
        return None

    def _situation(self, row: LedgerRow, at: dt.datetime) -> Situation:
        wish, limit = self.wishes.of(row, row.channel, row.rule), self.wishes.daily_email_limit
        counted = limit is not None and row.channel == COUNTED
        return Situation(
            rule=Rule.MANDATORY if wish.mandatory else Rule.TURNED_ON,
            priority=row.priority,
            created_at=row.created_at,
            frequency=wish.frequency,
            timezone=self.wishes.timezone,
            quiet_hours=self.wishes.quiet_hours,
            over_limit=counted and self.emails[local_day(at, self.wishes.timezone)] >= (limit or 0),
        )


def _is_over(turn: _Turn) -> bool:
    """Return whether it was too late by then: it had expired, or waited and was dealt with meanwhile."""
    row = turn.row
    dealt_with = [at for at in (row.read_at, row.archived_at, row.deleted_at) if at is not None]
    if turn.held and dealt_with and min(dealt_with) <= turn.at:
        return True
    return row.expires_at is not None and row.expires_at <= turn.at
