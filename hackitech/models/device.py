"""A browser or phone that receives push."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

KINDS = ("webpush", "fcm", "apns")


class Device(Base):
    __tablename__ = "device"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    name: Mapped[str] = mapped_column(sa.String(100), server_default="")
    address: Mapped[str] = mapped_column(sa.Text)
    """A Web Push endpoint, or the provider's token: whoever has it can reach the device."""
    address_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """SHA-256 of kind and address."""
    p256dh: Mapped[str | None] = mapped_column(sa.String(200))
    auth: Mapped[str | None] = mapped_column(sa.String(100))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When its provider said that it is gone."""
