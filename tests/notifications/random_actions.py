"""Members, a sender and the clock, who do whatever comes into their heads."""

import datetime as dt
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import sqlalchemy as sa

from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.core.errors import AppError
from hackitech.core.transaction import atomic
from hackitech.models.notification import PLACES, Notification
from hackitech.notifications import event_service, queries, schedule_service, service
from hackitech.notifications.filters import Filters
from hackitech.notifications.notify import notify

TYPES = ("announcement", "comment", "mention")
PLACES_TO_ACT = (Filters(), Filters(archived=True), Filters(snoozed=True), Filters(types=("comment",)))
ONE = ("read", "unread", "seen", "archive", "unarchive", "unsnooze")
WORDS: dict[str, Any] = {"title": "A title", "message": "A message"}


class Actors:
    """Do random things with the mailboxes of some members; the same seed does the same."""

    objects = 3
    """How many things there are that notifications are about, so that they can be retracted together."""

    def __init__(self, members: list[int], seed: int) -> None:
        self.members = members
        self.random = Random(seed)
        self.tokens: list[tuple[int, str]] = []
        self.done: list[str] = []

    def actions(self) -> list[tuple[int, Callable[[], Any]]]:
        """Return what they do, each with how often."""
        return [
            (6, self.send), (2, self.send_to_all), (1, self.retract), (1, self.run_events), (1, self.wake),
            (8, self.change_one), (3, self.snooze_one), (2, self.delete_one), (2, self.patch_one),
            (1, self.mark_all), (4, self.bulk), (3, self.undo), (1, self.delete_read),
        ]  # fmt: skip

    def act(self) -> None:
        """Do one thing; that something is gone by then is part of the game."""
        actions = self.actions()
        weights = [weight for weight, _ in actions]
        (action,) = self.random.choices([action for _, action in actions], weights)
        self.done.append(action.__name__)
        try:
            action()
        except AppError as error:
            assert error.status < 500
        finally:
            db.session.rollback()

    def someone(self) -> int:
        return self.random.choice(self.members)

    def some_of(self, member: int, number: int) -> tuple[int, ...]:
        """Return neighbours among the member's, hidden ones too, or an id that is nobody's."""
        place = {"member": member, "share": self.random.random(), "number": number}
        return tuple(db.session.scalars(_neighbours(), place)) or (10**9,)

    def something_of(self, member: int) -> int:
        return self.some_of(member, 1)[0]

    def something(self) -> str:
        return f"project:{self.random.randrange(self.objects)}"

    def soon(self) -> dt.datetime:
        return after(self.random.choice([0.02, 3600]))

    def content(self) -> dict[str, Any]:
        expires_at = self.random.choice([None, None, self.soon()])
        return {**WORDS, "object": self.something(), "expires_at": expires_at}

    def send(self) -> None:
        with atomic():
            notify(self.random.choice(TYPES), recipients=[self.someone()], **self.content())

    def send_to_all(self) -> None:
        with atomic():
            notify(self.random.choice(TYPES), all=True, **self.content())

    def retract(self) -> None:
        event_service.retract(self.something(), None)

    def run_events(self) -> None:
        while schedule_service.advance_due_event():
            pass

    def wake(self) -> None:
        schedule_service.wake_snoozed()

    def change_one(self) -> None:
        member = self.someone()
        service.act(self.something_of(member), member, self.random.choice(ONE))

    def snooze_one(self) -> None:
        member = self.someone()
        service.snooze(self.something_of(member), member, self.soon())

    def delete_one(self) -> None:
        member = self.someone()
        service.delete(self.something_of(member), member, member, lambda row: None)

    def patch_one(self) -> None:
        member = self.someone()
        wanted = {"is_read": self.random.random() < 0.5, "archived": self.random.random() < 0.5}
        service.change(self.something_of(member), member, member, wanted, lambda row: None)

    def mark_all(self) -> None:
        service.mark_all_as_read(self.someone(), self.random.choice(PLACES_TO_ACT))

    def bulk(self) -> None:
        member = self.someone()
        action = self.random.choice([*ONE, "snooze", "delete"])
        filters = self.random.choice([*PLACES_TO_ACT, None]) or Filters(ids=self.some_of(member, 5))
        until = self.soon() if action == "snooze" else None
        _, token = service.bulk(member, action, filters, until=until)
        self.tokens.append((member, token))

    def undo(self) -> None:
        if self.tokens:
            service.undo(*self.random.choice(self.tokens))

    def delete_read(self) -> None:
        service.delete_all_read(self.someone())


@cache
def _neighbours() -> Any:
    newest = sa.select(sa.func.coalesce(sa.func.max(Notification.id), 0)).scalar_subquery()
    first = sa.cast(newest * sa.bindparam("share", type_=sa.Float), sa.BigInteger)
    mine = sa.select(Notification.id).where(
        Notification.recipient_id == sa.bindparam("member"), Notification.id >= first
    )
    return mine.order_by(Notification.id).limit(sa.bindparam("number", type_=sa.Integer))


def counted(member: int) -> dict[str, dict[str, int]]:
    """Return what the counter rows say by type, rows of noughts left out."""
    counts = queries.mailbox_counts(db.session(), member)
    return {key: dict(count) for key, count in counts.items() if any(count.values())}


def there(member: int) -> dict[str, dict[str, int]]:
    """Return the same, counted one by one in what the lists show."""
    counts: dict[str, dict[str, int]] = {}
    for place in PLACES:
        filters = Filters(archived=place == "archived", snoozed=place == "snoozed")
        for row in db.session.execute(queries.select_notifications(filters, member)):
            count = counts.setdefault(row.notification_type, dict.fromkeys(("unread", *PLACES), 0))
            count[place] += 1
            count["unread"] += place == "inbox" and row.read_at is None
    return counts
