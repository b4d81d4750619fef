"""What happened to a delivery, in order: every attempt, and every decision after the first."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

GIVEN_UP = "its time is over"
"""The last word on what was tried for long enough; what went wrong stands in the entries before."""


class DeliveryAttempt(Base):
    __tablename__ = "delivery_attempt"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(sa.String(20))
    """The status that it led to."""
    detail: Mapped[str] = mapped_column(sa.String(500), server_default="")
    """What the provider answered, without addresses or secrets."""
