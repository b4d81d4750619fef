"""What happened, once, whoever is told of it."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

URGENT = "urgent"
PRIORITIES = ("low", "normal", "high", URGENT)
PAUSED, CANCELLED = "paused", "cancelled"
EVENT_STATUSES = ("scheduled", "running", PAUSED, "done", CANCELLED)


class Event(Base):
    __tablename__ = "event"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notification_type: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("notification_type.key"))
    actor_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="SET NULL"))
    sender_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="SET NULL"))
    """Who called the API; the platform's own code sends without one."""
    title: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    """Rendered once, by language, as `message` is: history changes by audited corrections only."""
    message: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    channel_wording: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """By language, then channel: what a channel says in other words than title and message."""
    search_text: Mapped[str] = mapped_column(sa.Text)
    """Title and message in every language, folded (`core.text.fold`)."""
    action_url: Mapped[str | None] = mapped_column(sa.String(2000))
    params: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    priority: Mapped[str] = mapped_column(sa.String(8))
    topic_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("topic.id", ondelete="SET NULL"))
    topic: Mapped[str | None] = mapped_column(sa.String(100))
    """The topic's key as it was, so that history outlives the topic."""
    group_key: Mapped[str | None] = mapped_column(sa.String(200))
    object: Mapped[str | None] = mapped_column(sa.String(200))
    """What it is about, in the platform's words (`project:12`); retracting goes by it."""
    channels: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    """The only channels that the sender wants, or NULL for all."""

    audience: Mapped[str] = mapped_column(sa.String(8))
    """`ids`, `topic`, `role` or `all`."""
    role: Mapped[str | None] = mapped_column(sa.String(16))
    """Whose role it is for, where the audience is one."""
    recipient_ids: Mapped[list[int] | None] = mapped_column(sa.JSON(none_as_null=True))
    unknown_recipients: Mapped[list[int]] = mapped_column(sa.JSON)
    status: Mapped[str] = mapped_column(sa.String(16))
    total: Mapped[int] = mapped_column(sa.Integer)
    done: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    cursor: Mapped[int] = mapped_column(Id, server_default="0")
    """The last member that this event has been written for."""
    send_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    send_at_local: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    """A time without a zone: each recipient's clock says when."""
    zone: Mapped[str | None] = mapped_column(sa.String(64))
    """The timezone that `cursor` moves through, where each has its own turn."""
    expires_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    retracted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When somebody must look again: to start, to go on, to withdraw, to expire; the lease too."""
    acknowledge: Mapped[bool] = mapped_column(server_default=sa.false())
    """Whether its recipients are asked to confirm that they have taken note."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        sa.Index(
            "ix_event_due", "due_at", postgresql_where=due_at.is_not(None), sqlite_where=due_at.is_not(None)
        ),
        sa.Index(
            "ix_event_object",
            "object",
            postgresql_where=object.is_not(None),
            sqlite_where=object.is_not(None),
        ),
        sa.Index("ix_event_sender_id", "sender_id"),
        sa.Index(
            "ix_event_broadcast", "id", postgresql_where=audience != "ids", sqlite_where=audience != "ids"
        ),
        {"sqlite_autoincrement": True},
    )
