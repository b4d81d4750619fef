"""What a member registered to be reached at: browsers and phones by push, and webhooks."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

PUSH_KINDS = ("webpush", "fcm", "apns")
WEBHOOK = "webhook"
KINDS = (*PUSH_KINDS, WEBHOOK)


class Device(Base):
    __tablename__ = "device"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    name: Mapped[str] = mapped_column(sa.String(100), server_default="")
    address: Mapped[str] = mapped_column(sa.Text)
    """A Web Push endpoint, the provider's token, or a webhook's URL: whoever has it can reach the device."""
    address_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """SHA-256 of kind and address; of a webhook its owner's, too."""
    p256dh: Mapped[str | None] = mapped_column(sa.String(200))
    auth: Mapped[str | None] = mapped_column(sa.String(100))
    secret: Mapped[str | None] = mapped_column(sa.String(64))
    """What we sign with for a webhook, as its owner was told it."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When its provider said that it is gone."""
