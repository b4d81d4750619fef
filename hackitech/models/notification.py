"""One member's copy of an event."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

IN_APP = "in_app"
"""The inbox as a channel: the notification itself, so there is nothing to deliver."""
PLACES = ("inbox", "snoozed", "archived")

PLACE = """CASE
    WHEN NOT in_inbox OR deleted_at IS NOT NULL OR expired_at IS NOT NULL THEN 'hidden'
    WHEN archived_at IS NOT NULL THEN 'archived'
    WHEN snoozed_until IS NOT NULL THEN 'snoozed'
    ELSE 'inbox' END"""
UNREAD = """in_inbox AND deleted_at IS NULL AND expired_at IS NULL
    AND archived_at IS NULL AND snoozed_until IS NULL AND read_at IS NULL"""


class Notification(Base):
    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    event_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("event.id", ondelete="CASCADE"))
    recipient_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    notification_type: Mapped[str] = mapped_column(sa.String(64))
    group_key: Mapped[str | None] = mapped_column(sa.String(200))
    """The event's: what is unread of one group is shown as one row."""
    in_inbox: Mapped[bool]
    """False where in-app was suppressed: in no list, count or stream, yet there for "why?"."""
    in_app_rule: Mapped[str] = mapped_column(sa.String(24))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    surfaced_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """Creation, or the end of a snooze: lists and resuming go by (surfaced_at, id)."""
    read_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When its recipient confirmed having taken note, where the event asks for it."""
    archived_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    snoozed_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    expired_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Deleted by its reader or withdrawn by its sender; a purge erases the row later."""
    version: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    undo_id: Mapped[int | None] = mapped_column(Id)
    """The bulk action that changed it last; any later change clears it. `was_…`: its state before."""
    was_read_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    was_seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    was_archived_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    was_snoozed_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    was_surfaced_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(sa.String(8), sa.Computed(PLACE, persisted=True))
    """Where its reader finds it: `inbox`, `snoozed`, `archived`, or `hidden`."""
    unread: Mapped[bool] = mapped_column(sa.Boolean, sa.Computed(UNREAD, persisted=True))
    """What the badge counts; written in SQL as `unread = 1` or SQLite ignores the index."""

    __table_args__ = (
        sa.UniqueConstraint("event_id", "recipient_id"),
        sa.Index("ix_notification_mailbox", "recipient_id", "place", surfaced_at.desc(), id.desc()),
        sa.Index(
            "ix_notification_unread",
            "recipient_id",
            surfaced_at.desc(),
            id.desc(),
            postgresql_where=unread == sa.true(),
            sqlite_where=unread == sa.true(),
        ),
        sa.Index(
            "ix_notification_group",
            "recipient_id",
            "group_key",
            surfaced_at.desc(),
            id.desc(),
            postgresql_where=sa.and_(unread == sa.true(), group_key.is_not(None)),
            sqlite_where=sa.and_(unread == sa.true(), group_key.is_not(None)),
        ),
        sa.Index(
            "ix_notification_snoozed",
            "snoozed_until",
            postgresql_where=snoozed_until.is_not(None),
            sqlite_where=snoozed_until.is_not(None),
        ),
        sa.Index(
            "ix_notification_undo_id",
            "undo_id",
            postgresql_where=undo_id.is_not(None),
            sqlite_where=undo_id.is_not(None),
        ),
        {"sqlite_autoincrement": True},
    )
