"""Something that members follow; an open one can be joined by anybody."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime


class Topic(Base):
    __tablename__ = "topic"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(100), unique=True)
    label: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    """By language."""
    is_open: Mapped[bool]
    owner_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="SET NULL"))
    """The organiser who may add members and send to it."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
