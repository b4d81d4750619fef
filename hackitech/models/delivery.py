"""One channel to one target for one notification, those that were suppressed included."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime


class Delivery(Base):
    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notification_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("notification.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(sa.String(16))
    target: Mapped[int] = mapped_column(Id, server_default="0")
    """The device, or 0 where a member has one address on this channel."""
    generation: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    """A replay is a new generation: final rows never change."""
    status: Mapped[str] = mapped_column(sa.String(20))
    rule: Mapped[str] = mapped_column(sa.String(24))
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When somebody must look again, the lease included; NULL once it is over."""
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    first_attempt_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    digest_id: Mapped[int | None] = mapped_column(Id)
    """The digest's event that carried it."""
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
        {"sqlite_autoincrement": True},
    )
