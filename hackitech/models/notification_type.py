"""A type of notification, as synchronised from its file in the catalogue."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, UtcDateTime


class NotificationType(Base):
    __tablename__ = "notification_type"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    category: Mapped[str] = mapped_column(sa.String(32))
    label: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    """By language, as `description` is."""
    description: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    params: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """Name to {type, required, label, example}."""
    priority: Mapped[str] = mapped_column(sa.String(8), server_default="normal")
    retention_days: Mapped[int] = mapped_column(sa.Integer)
    digest_key: Mapped[str | None] = mapped_column(sa.String(64))
    sign_action: Mapped[bool] = mapped_column(server_default=sa.false())
    """Whether the link in an email is signed, so that following it proves who received it."""
    internal: Mapped[bool] = mapped_column(server_default=sa.false())
    """Sent by the notification centre itself and by nobody else."""
    source: Mapped[str] = mapped_column(sa.String(8), server_default="file")
    """`file`: synchronised; `admin`: made or changed in the browser, so that a file leaves it alone."""
    position: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    retired_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
