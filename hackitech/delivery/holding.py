"""Judge what falls due by the rules about time: it leaves, waits, joins a summary, or is needed no more."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as P
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.database import Id, UtcDateTime, table
from hackitech.core.local_time import local_day
from hackitech.core.publish import wake_clock
from hackitech.delivery.timing import Hold, Situation, holding, sender_pause
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.event import PAUSED, Event
from hackitech.models.notification import Notification
from hackitech.models.notification_settings import NotificationSettings
from hackitech.models.preference import DIRECT, Preference
from hackitech.models.rules import SUMMARISED_HOLDS, Rule
from hackitech.models.statuses import Status
from hackitech.models.user import User

Delivery_, Notification_, Event_ = table(Delivery).c, table(Notification).c, table(Event).c
Settings_, Preference_, User_ = table(NotificationSettings).c, table(Preference).c, table(User).c

NO_LONGER_NEW = sa.or_(
    Notification_.read_at.is_not(None),
    Notification_.archived_at.is_not(None),
    Notification_.deleted_at.is_not(None),
)
"""Its reader has dealt with it: what was held need not leave any more."""
COUNTED = "email"
"""The channel that the daily limit is about."""


@dataclass(slots=True)
class Verdicts:
    """What is to become of deliveries that fell due, by their ids."""

    go: list[int] = field(default_factory=list)
    summarise: list[int] = field(default_factory=list)
    """Were held and may leave now, together."""
    held: dict[Hold, list[int]] = field(default_factory=lambda: defaultdict(list))
    waiting: list[int] = field(default_factory=list)
    """Were held by their sender, who has not gone on: there is nothing new to tell of them."""
    read: list[int] = field(default_factory=list)
    """Were held, and read meanwhile."""


def judged() -> sa.Select[*tuple[Any, ...]]:
    """Select what `judge` looks at, for deliveries that the caller narrows and locks."""
    choice = sa.and_(
        Preference_.user_id == Delivery_.recipient_id,
        Preference_.notification_type == Notification_.notification_type,
        Preference_.channel == Delivery_.channel,
    )
    joined = (
        table(Delivery)
        .join(table(Notification), Notification_.id == Delivery_.notification_id)
        .join(table(Event), Event_.id == Notification_.event_id)
        .join(table(User), User_.id == Delivery_.recipient_id)
        .outerjoin(table(Preference), choice)
        .outerjoin(table(NotificationSettings), Settings_.user_id == Delivery_.recipient_id)
    )
    return sa.select(
        *(Delivery_.id, Delivery_.status, Delivery_.channel, Delivery_.rule, Delivery_.hold),
        *(Delivery_.recipient_id, Delivery_.created_at, Delivery_.due_at, User_.timezone),
        *(Notification_.event_id, Event_.priority, (Event_.status == PAUSED).label("sender_paused")),
        NO_LONGER_NEW.label("no_longer_new"),
        sa.func.coalesce(Preference_.frequency, DIRECT).label("frequency"),
        *(Settings_.quiet_hours, Settings_.paused_until, Settings_.daily_email_limit),
    ).select_from(joined)


def judge(session: Session, rows: Iterable[Any]) -> Verdicts:
    """Return what is to become of `judged` rows; emails that may leave are counted for their day.

    Rows that were held for a summary must be one member's. Nothing that was handed to a worker before is
    judged again: nobody knows how far that came.
    """
    verdicts, now = Verdicts(), clock.now()
    listed = list(rows)
    limits, paused = DailyLimits(session, listed, now), _keep_paused(session, listed)
    for row in listed:
        if row.status in (Status.SENDING, Status.UNKNOWN):
            verdicts.go.append(row.id)
        elif is_needless(row):
            verdicts.read.append(row.id)
        elif row.sender_paused and row.event_id not in paused:
            continue  # its sender goes on right now: it stays due
        elif row.sender_paused and _held_by_sender(row):
            verdicts.waiting.append(row.id)
        elif hold := holding(situation_of(row, limits.reached(row)), now):
            verdicts.held[hold].append(row.id)
        elif row.status == Status.HELD and row.hold in SUMMARISED_HOLDS:
            verdicts.summarise.append(row.id)
        else:
            limits.count(row)
            verdicts.go.append(row.id)
    if verdicts.summarise:  # however many they are, they leave as one
        limits.count(next(row for row in listed if row.id == verdicts.summarise[0]))
    limits.write()
    return verdicts


def _keep_paused(session: Session, rows: Iterable[Any]) -> set[int]:
    """Return the paused events of these rows that stay paused until the commit.

    Or what is held here would miss that its sender goes on, and wait on.
    """
    events = {row.event_id for row in rows if row.sender_paused}
    if not events:
        return set()
    kept = sa.select(Event_.id).where(Event_.id.in_(events), Event_.status == PAUSED)
    return set(session.scalars(kept.with_for_update(read=True, skip_locked=True)))


def is_needless(row: Any) -> bool:
    """Return whether a row waited and was read meanwhile; what is mandatory is sent all the same."""
    return row.hold is not None and row.no_longer_new and row.rule != Rule.MANDATORY


def _held_by_sender(row: Any) -> bool:
    return bool(row.status == Status.HELD and row.hold == Rule.SENDER_PAUSED)


def situation_of(row: Any, over_limit: bool = False) -> Situation:
    """Return what the rules about time look at, of a `judged` row."""
    return Situation(
        rule=row.rule,
        priority=row.priority,
        # What its sender held back is as new as the moment at which they went on.
        created_at=row.due_at if _held_by_sender(row) else row.created_at,
        frequency=row.frequency,
        timezone=row.timezone,
        quiet_hours=row.quiet_hours or (),
        paused_until=row.paused_until,
        over_limit=over_limit,
        sender_paused=row.sender_paused,
    )


class DailyLimits:
    """How many emails the members of some rows had today; their settings stay locked until the commit.

    What was too much for an earlier day leaves as one summary, whatever else the day brings: until then one
    of the day's emails is kept for it.
    """

    def __init__(self, session: Session, rows: Sequence[Any], now: dt.datetime) -> None:
        self._session = session
        self._today = {
            row.recipient_id: local_day(now, row.timezone)
            for row in rows
            if row.channel == COUNTED and row.daily_email_limit is not None
        }
        self._changed: set[int] = set()
        counted = {row.user_id: row for row in self._locked()}
        begun = {user for user, row in counted.items() if row.emails_on == self._today[user]}
        kept = self._with_overflow(counted.keys() - begun)
        self._sent = {
            user: row.emails_sent if user in begun else int(user in kept) for user, row in counted.items()
        }

    def _locked(self) -> Sequence[Any]:
        if not self._today:
            return ()
        members = sa.select(Settings_.user_id, Settings_.emails_on, Settings_.emails_sent)
        mine = members.where(Settings_.user_id.in_(self._today)).order_by(Settings_.user_id)
        return self._session.execute(mine.with_for_update()).all()

    def _with_overflow(self, members: Collection[int]) -> set[int]:
        if not members:
            return set()
        held = sa.select(Delivery_.recipient_id).where(
            Delivery_.recipient_id.in_(members),
            Delivery_.channel == COUNTED,
            Delivery_.status == Status.HELD,
            Delivery_.hold == Rule.DAILY_LIMIT,
        )
        return set(self._session.scalars(held.distinct()))

    def _counts(self, row: Any) -> bool:
        """Return whether a row is an email that its member's limit has not counted yet."""
        waited = row.status in (Status.CREATED, Status.HELD)
        return waited and row.rule != Rule.SUMMARY and row.recipient_id in self._sent

    def _is_overflow(self, row: Any) -> bool:
        before = local_day(row.created_at, row.timezone) < self._today[row.recipient_id]
        return row.hold == Rule.DAILY_LIMIT and before

    def reached(self, row: Any) -> bool:
        """Return whether a row would be one email too many."""
        if not self._counts(row) or self._is_overflow(row):
            return False
        return bool(self._sent[row.recipient_id] >= row.daily_email_limit)

    def count(self, row: Any) -> None:
        """Count a row that leaves."""
        if self._counts(row):
            self._sent[row.recipient_id] += not self._is_overflow(row)  # that one was counted in advance
            self._changed.add(row.recipient_id)

    def write(self) -> None:
        """Write the counts down."""
        for member in self._changed:
            values = {"emails_on": self._today[member], "emails_sent": self._sent[member]}
            mine = sa.update(table(NotificationSettings)).where(Settings_.user_id == member)
            self._session.execute(mine.values(**values))


def carry_out(session: Session, verdicts: Verdicts) -> None:
    """Hold what is held and cancel what was read, each with its log entry."""
    for hold, ids in verdicts.held.items():
        hold_back(session, ids, hold)
    if verdicts.waiting:
        postpone(session, verdicts.waiting, sender_pause(clock.now()).until)
    if verdicts.read:
        move(session, verdicts.read, Status.CANCELLED, rule=Rule.ALREADY_READ, due_at=None)


def hold_back(session: Session, ids: Collection[int], hold: Hold) -> None:
    """Have deliveries wait for a rule, with a log entry each."""
    detail = f"{hold.rule} until {hold.until.isoformat(timespec='seconds')}"
    move(session, ids, Status.HELD, detail, hold=hold.rule, due_at=hold.until)


def postpone(session: Session, ids: Collection[int], until: dt.datetime) -> None:
    """Have deliveries that wait looked at later."""
    session.execute(sa.update(table(Delivery)).where(Delivery_.id.in_(ids)).values(due_at=until))


def move(session: Session, ids: Collection[int], status: Status, detail: str = "", **values: Any) -> None:
    """Move deliveries that the caller has locked, with a log entry each."""
    now = clock.now()
    mine = sa.update(table(Delivery)).where(Delivery_.id.in_(ids))
    session.execute(mine.values(status=status, updated_at=now, **values))
    entries = [{"delivery_id": id_, "at": now, "outcome": status, "detail": detail} for id_ in ids]
    session.execute(sa.insert(table(DeliveryAttempt)), entries)


def release_held(
    session: Session,
    user_id: int,
    holds: Collection[Rule],
    notification_type: str | None = None,
    channel: str | None = None,
) -> None:
    """Have what these rules hold for a member judged anew at once: what they wish has changed."""
    bound = {"user_id": user_id, "holds": list(holds), "now": clock.now()}
    bound |= {"type": notification_type, "on_channel": channel}
    session.execute(_release(notification_type is not None, channel is not None), bound)
    wake_clock()


@cache
def _release(of_type: bool, of_channel: bool) -> Any:
    held = [
        Delivery_.recipient_id == P("user_id", type_=Id),
        Delivery_.status == Status.HELD,
        Delivery_.hold.in_(P("holds", expanding=True)),
    ]
    if of_channel:
        held.append(Delivery_.channel == P("on_channel"))
    if of_type:
        of_that_type = sa.select(Notification_.id).where(
            Notification_.id == Delivery_.notification_id, Notification_.notification_type == P("type")
        )
        held.append(of_that_type.exists())
    return sa.update(table(Delivery)).where(*held).values(due_at=P("now", type_=UtcDateTime))
