"""A member of the platform."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

ROLES = ("member", "organiser", "admin")


class User(Base):
    __tablename__ = "user"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(100), unique=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    """Lower case; the platform's address for this member."""
    name: Mapped[str] = mapped_column(sa.String(100))
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    role: Mapped[str] = mapped_column(sa.String(16), server_default="member")
    locale: Mapped[str] = mapped_column(sa.String(8), server_default="fr")
    timezone: Mapped[str] = mapped_column(sa.String(64), server_default="Europe/Paris")
    active: Mapped[bool] = mapped_column(server_default=sa.true())
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """To the hour: written when somebody comes who was not seen for longer."""
