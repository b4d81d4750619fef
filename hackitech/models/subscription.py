"""A member who follows a topic, perhaps muted for a while."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime


class Subscription(Base):
    __tablename__ = "subscription"
    __table_args__ = (sa.Index("ix_subscription_user_id", "user_id"),)

    topic_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    muted_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
