"""What a member does not want to hear of for a while: one thing, as events name their `object`."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime


class Mute(Base):
    __tablename__ = "mute"

    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    object: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    muted_until: Mapped[dt.datetime] = mapped_column(UtcDateTime)
