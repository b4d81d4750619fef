"""Compare what `mailbox_count` says with what is there, and put right what differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert  # compiles on SQLite too
from sqlalchemy.orm import Session

from hackitech.core.database import db, table
from hackitech.core.publish import publish_changed
from hackitech.core.transaction import atomic
from hackitech.models.mailbox_count import MailboxCount
from hackitech.models.notification import PLACES, Notification
from hackitech.models.user import User

MEMBERS = 500
"""Whose mailboxes are compared in one statement."""
COUNTED = {
    "unread": Notification.unread == sa.true(),
    **{place: Notification.place == place for place in PLACES},
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One member's counts of one type: as they were stored, and as they are."""

    user_id: int
    notification_type: str
    stored: dict[str, int]
    real: dict[str, int]


def reconcile() -> Iterator[Difference]:
    """Recount every mailbox, some hundred members at a time, and yield what had to be put right.

    Triggers keep the counts; a difference is a fault of theirs, or somebody's own SQL.
    """
    cursor, upto = 0, _last_of_chunk(0)
    while upto is not None:
        if _differences(db.session(), cursor, upto):
            yield from _put_right(cursor, upto)
        db.session.rollback()
        cursor, upto = upto, _last_of_chunk(upto)


def _last_of_chunk(cursor: int) -> int | None:
    chunk = sa.select(User.id).where(User.id > cursor).order_by(User.id).limit(MEMBERS).subquery()
    return db.session.scalar(sa.select(sa.func.max(chunk.c.id)))


def _put_right(after: int, upto: int) -> list[Difference]:
    with atomic() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Triggers wait until this has committed; what they are about to add is not visible yet.
            session.execute(sa.text("LOCK TABLE mailbox_count IN SHARE ROW EXCLUSIVE MODE"))
        found = _differences(session, after, upto)
        if found:
            session.execute(_upsert(), [_row(difference) for difference in found])
            publish_changed(sorted({difference.user_id for difference in found}))
        return found


def _differences(session: Session, after: int, upto: int) -> list[Difference]:
    """Compare the mailboxes of the members whose ids lie in this range, in one snapshot."""
    none = {name: sa.literal(0) for name in COUNTED}
    real = {name: sa.func.sum(sa.case((counted, 1), else_=0)) for name, counted in COUNTED.items()}
    stored = {name: getattr(MailboxCount, name) for name in COUNTED}
    recipient, kind = Notification.recipient_id, Notification.notification_type
    both = sa.union_all(
        sa.select(recipient.label("user_id"), kind.label("type"), *_labelled(none, real))
        .where(recipient > after, recipient <= upto)
        .group_by(recipient, kind),
        sa.select(MailboxCount.user_id, MailboxCount.notification_type, *_labelled(stored, none)).where(
            MailboxCount.user_id > after, MailboxCount.user_id <= upto
        ),
    ).subquery()
    sums = {column.name: sa.func.sum(column) for column in both.c if column.name not in ("user_id", "type")}
    compared = (
        sa.select(both.c.user_id, both.c.type, *(total.label(name) for name, total in sums.items()))
        .group_by(both.c.user_id, both.c.type)
        .having(sa.or_(*(sums[f"stored_{name}"] != sums[f"real_{name}"] for name in COUNTED)))
        .order_by(both.c.user_id, both.c.type)
    )
    return [_difference(row) for row in session.execute(compared).mappings()]


def _labelled(stored: dict[str, Any], real: dict[str, Any]) -> list[Any]:
    return [
        *(column.label(f"stored_{name}") for name, column in stored.items()),
        *(column.label(f"real_{name}") for name, column in real.items()),
    ]


def _difference(row: Any) -> Difference:
    stored, real = ({name: int(row[f"{side}_{name}"]) for name in COUNTED} for side in ("stored", "real"))
    return Difference(row["user_id"], row["type"], stored, real)


def _row(difference: Difference) -> dict[str, Any]:
    return {
        "user_id": difference.user_id,
        "notification_type": difference.notification_type,
        **difference.real,
    }


def _upsert() -> Any:
    statement = insert(table(MailboxCount))
    return statement.on_conflict_do_update(
        index_elements=["user_id", "notification_type"],
        set_={name: statement.excluded[name] for name in COUNTED},
    )
