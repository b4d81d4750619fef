"""A message that somebody is composing; once it is sent it names its event, so that it goes once."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime


class Draft(Base):
    __tablename__ = "draft"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    notification_type: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """What `notify()` takes of the content, as typed: it may be unfinished and wrong."""
    audience: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """{kind: people, topic, role or all, and what that kind needs}; empty until it is chosen."""
    event_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("event.id", ondelete="CASCADE"), index=True
    )
    """What it became; it goes with it, or it could be sent again."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
