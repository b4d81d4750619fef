"""A member's own choice for one type on one channel; its absence is the default."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id

DIRECT = "direct"
FREQUENCIES = (DIRECT, "hourly", "daily", "weekly")


class Preference(Base):
    __tablename__ = "preference"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "notification_type", "channel"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    notification_type: Mapped[str] = mapped_column(
        sa.String(64), sa.ForeignKey("notification_type.key", ondelete="CASCADE")
    )
    channel: Mapped[str] = mapped_column(sa.String(16))
    enabled: Mapped[bool]
    frequency: Mapped[str] = mapped_column(sa.String(8), server_default="direct")
