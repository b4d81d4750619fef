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
    """Deliveries that are looked at together; `place` keeps turns of the same time in order."""

    at: dt.datetime
    place: int
    rows: list[Any]
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
    turns: list[_Turn] = field(default_factory=list)
    places: int = 0
    together: dict[tuple[str, int, dt.datetime], list[Any]] = field(default_factory=dict)
    """What a channel holds until the same moment: it leaves as one, to each device."""

    def count(self, rows: Iterable[LedgerRow]) -> Counter[str]:
        for row in rows:
            if _goes(row, self.wishes):
                self._add(self._due(row), [row], held=self._due(row) > row.created_at)
        while self.turns and self.turns[0].at < self.span.end:
            self._take(heapq.heappop(self.turns))
        return self.left

    def _add(self, at: dt.datetime, rows: list[Any], *, held: bool, summarised: bool = False) -> None:
        self.places += 1
        heapq.heappush(self.turns, _Turn(at, self.places, rows, held, summarised))

    def _due(self, row: LedgerRow) -> dt.datetime:
        wish = self.wishes.of(row, row.channel, row.rule)
        if wish.escalate_after is None or wish.mandatory or row.priority == URGENT:
            return row.created_at
        return row.created_at + dt.timedelta(seconds=wish.escalate_after)

    def _take(self, turn: _Turn) -> None:
        """Let deliveries leave, alone or as one summary, or drop them, or hold them on."""
        channel, target = turn.rows[0].channel, turn.rows[0].target
        if turn.summarised:
            del self.together[channel, target, turn.at]
        rows = [row for row in turn.rows if not _is_over(row, turn)]
        if not rows:
            return
        # Of what was held, any speaks for all: what holds it now depends on the time alone.
        hold = holding(self._situation(rows[0], turn.at), turn.at)
        if hold is not None:
            self._hold(channel, target, hold.until, rows)
        elif not (turn.summarised and channel in self.wishes.without_summaries):
            self._leave(channel, turn.at)

    def _hold(self, channel: str, target: int, until: dt.datetime, rows: list[Any]) -> None:
        waiting = self.together.get((channel, target, until))
        if waiting is not None:
            waiting += rows
            return
        self.together[channel, target, until] = rows
        self._add(until, rows, held=True, summarised=True)

    def _leave(self, channel: str, at: dt.datetime) -> None:
        if channel == COUNTED:
            self.emails[local_day(at, self.wishes.timezone)] += 1
        if at >= self.span.start:
            self.left[channel] += 1

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


def _is_over(row: LedgerRow, turn: _Turn) -> bool:
    """Return whether it was too late by then: it had expired, or waited and was dealt with meanwhile."""
    dealt_with = [at for at in (row.read_at, row.archived_at, row.deleted_at) if at is not None]
    if turn.held and dealt_with and min(dealt_with) <= turn.at:
        return True
    return row.expires_at is not None and row.expires_at <= turn.at
