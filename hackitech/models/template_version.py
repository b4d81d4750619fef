"""The wording of a type in one language; the newest published version is in force."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime


class TemplateVersion(Base):
    __tablename__ = "template_version"
    __table_args__ = (
        sa.UniqueConstraint("notification_type", "locale", "version"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notification_type: Mapped[str] = mapped_column(
        sa.String(64), sa.ForeignKey("notification_type.key", ondelete="CASCADE")
    )
    locale: Mapped[str] = mapped_column(sa.String(8))
    version: Mapped[int] = mapped_column(sa.Integer)
    wording: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """{title, message, action_label?, email?: {subject, body}}: Liquid sources."""
    source: Mapped[str] = mapped_column(sa.String(8))
    """`file` (synchronised) or `admin` (published in the browser)."""
    author_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="SET NULL"))
    published_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
