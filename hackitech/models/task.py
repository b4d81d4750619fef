"""Long work that the clock does a chunk at a time: it can be followed and stopped, and survives crashes."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

RUNNING, DONE, CANCELLED, FAILED = "running", "done", "cancelled", "failed"
TASK_STATUSES = (RUNNING, DONE, CANCELLED, FAILED)


class Task(Base):
    __tablename__ = "task"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(32))
    """Which step the clock calls."""
    owner_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    params: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    status: Mapped[str] = mapped_column(sa.String(16))
    total: Mapped[int] = mapped_column(sa.Integer)
    """What there was to do when it began."""
    done: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    cursor: Mapped[int] = mapped_column(Id, server_default="0")
    """The last row that was dealt with."""
    result: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """What came of it so far, in the words of its kind."""
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When somebody must go on with it; NULL once it is over."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.Index(
            "ix_task_due", "due_at", postgresql_where=due_at.is_not(None), sqlite_where=due_at.is_not(None)
        ),
        {"sqlite_autoincrement": True},
    )
