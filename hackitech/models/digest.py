"""A summary of what was held for a member: an event of its own, made once for each window."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime


class Digest(Base):
    __tablename__ = "digest"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "channel", "frequency", "window_start"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(sa.String(16))
    frequency: Mapped[str] = mapped_column(sa.String(16))
    """`hourly`, `daily`, `weekly`, or the rule that held what it carries: `quiet_hours`, `paused`…"""
    window_start: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    event_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("event.id", ondelete="SET NULL"), index=True
    )
    """NULL for the moment between taking the window and writing the event, and once that was purged."""
