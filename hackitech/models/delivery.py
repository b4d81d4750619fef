"""One channel to one target for one notification, those that were suppressed included."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

LOOK_AGAIN = dt.timedelta(hours=1)
"""How often to look whether the sender of what is paused has gone on; whoever does lets it go at once."""
FAILED = "status IN ('temporary-failure', 'permanent-failure', 'technical-failure')"
"""What ended badly; written out in SQL, or SQLite ignores the index."""


class Delivery(Base):
    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notification_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("notification.id", ondelete="CASCADE"))
    recipient_id: Mapped[int] = mapped_column(Id)
    """As the notification says, so that what is held for a member is found without reading their mailbox."""
    channel: Mapped[str] = mapped_column(sa.String(16))
    target: Mapped[int] = mapped_column(Id, server_default="0")
    """The device, or 0 where a member has one address on this channel."""
    generation: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    """A replay is a new generation: final rows never change."""
    status: Mapped[str] = mapped_column(sa.String(20))
    rule: Mapped[str] = mapped_column(sa.String(24))
    """Why it goes, or why not."""
    hold: Mapped[str | None] = mapped_column(sa.String(16))
    """The rule of time that holds it, or held it last."""
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When somebody must look again, the lease included; NULL once it is over."""
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    first_attempt_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    digest_id: Mapped[int | None] = mapped_column(Id)
    """The digest's event that carried it."""
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When its device was told to take it away, because it had been read elsewhere."""
    settled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When an administrator replayed or dropped it after it had failed."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("notification_id", "channel", "target", "generation"),
        sa.Index(
            "ix_delivery_due",
            "channel",
            "due_at",
            postgresql_where=due_at.is_not(None),
            sqlite_where=due_at.is_not(None),
        ),
        sa.Index(
            "ix_delivery_held",
            "recipient_id",
            "channel",
            postgresql_where=status == "held",
            sqlite_where=status == "held",
        ),
        sa.Index(
            "ix_delivery_failed",
            "channel",
            "id",
            postgresql_where=sa.and_(sa.text(FAILED), settled_at.is_(None)),
            sqlite_where=sa.and_(sa.text(FAILED), settled_at.is_(None)),
        ),
        {"sqlite_autoincrement": True},
    )
