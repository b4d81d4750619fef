"""When a member wants to be reached: quiet hours, a pause, a daily limit. No row means no limits."""

import datetime as dt
from typing import TypedDict

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class QuietHours(TypedDict):
    """One stretch of quiet, by the member's local time."""

    days: list[str]
    """On which days it begins (`WEEKDAYS`)."""
    start: str
    """`22:00`."""
    end: str
    """`07:00`; on the next day where it is not after `start`."""


class NotificationSettings(Base):
    __tablename__ = "notification_settings"

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    quiet_hours: Mapped[list[QuietHours]] = mapped_column(sa.JSON)
    """Local times without a zone: `User.timezone` says where, whatever its clocks do."""
    paused_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    daily_email_limit: Mapped[int | None] = mapped_column(sa.SmallInteger)
    emails_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The member's local day that `emails_sent` counts; another day starts from nought."""
    emails_sent: Mapped[int] = mapped_column(sa.Integer, server_default="0")
