"""Mailboxes of any size, written in sets."""

from typing import Any

import sqlalchemy as sa

from hackitech.core.clock import now
from hackitech.core.database import db, table
from hackitech.core.transaction import atomic
from hackitech.models.event import Event
from hackitech.models.notification import Notification

TYPES = ("announcement", "comment", "mention")


def fill(recipient_id: int, amount: int, *, archived: bool = False, read: bool = False) -> None:
    """Give a member so many notifications, an event for each, newer than all that exist."""
    numbers = sa.text("""
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :amount)
        SELECT n FROM numbers
    """).columns(sa.column("n", sa.Integer)).bindparams(amount=amount).subquery()  # fmt: skip
    at = now()
    with atomic() as session:
        first = (session.scalar(sa.select(sa.func.max(Event.id))) or 0) + 1
        words = sa.literal({"fr": "Titre", "en": "Title"}, sa.JSON)
        empty = sa.literal({}, sa.JSON)
        session.execute(
            sa.insert(table(Event)).from_select(
                ["notification_type", "title", "message", "channel_wording", "search_text", "params", "data",
                 "priority", "audience", "unknown_recipients", "status", "total", "created_at"],
                sa.select(
                    sa.literal(TYPES[0]), words, words, empty, sa.literal("titre title"), empty, empty,
                    sa.literal("normal"), sa.literal("ids"), sa.literal([], sa.JSON), sa.literal("done"),
                    sa.literal(1), sa.literal(at),
                ).select_from(numbers),
            )
        )  # fmt: skip
        if db.engine.dialect.name == "postgresql":  # or foreign keys are checked as suited the table before
            session.execute(sa.text("DISCARD PLANS"))
        moment = sa.literal(at, table(Event).c.created_at.type)
        session.execute(
            sa.insert(table(Notification)).from_select(
                ["event_id", "recipient_id", "notification_type", "in_inbox", "in_app_rule", "created_at",
                 "surfaced_at", "archived_at", "read_at"],
                sa.select(
                    Event.id, sa.literal(recipient_id), sa.literal(TYPES[0]), sa.true(),
                    sa.literal("default_on"), moment, moment,
                    moment if archived else sa.null(), moment if read else sa.null(),
                ).where(Event.id >= first),
            )
        )  # fmt: skip


def put_in_groups(condition: sa.ColumnElement[bool], key: Any) -> None:
    """Give those notifications, and their events, a group key."""
    with atomic() as session:
        session.execute(sa.update(table(Notification)).where(condition).values(group_key=key))
        of_its_copy = sa.select(Notification.group_key).where(Notification.event_id == Event.id)
        session.execute(sa.update(table(Event)).values(group_key=of_its_copy.scalar_subquery()))


def analyse() -> None:
    """Let the database learn how its rows are spread, as it does by itself in time."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
