"""What became of one day's notifications (UTC), by channel and type; the clock counts it now and then."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, UtcDateTime


class DailyFigure(Base):
    __tablename__ = "daily_figure"

    day: Mapped[dt.date] = mapped_column(sa.Date, primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    notification_type: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    created: Mapped[int] = mapped_column(sa.Integer)
    sent: Mapped[int] = mapped_column(sa.Integer)
    """Accepted by the provider; in the inbox: shown there."""
    failed: Mapped[int] = mapped_column(sa.Integer)
    read: Mapped[int] = mapped_column(sa.Integer)
    computed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
