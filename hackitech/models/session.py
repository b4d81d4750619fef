"""A signed-in browser; the cookie holds a secret, this row its hash."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id, UtcDateTime


class Session(Base):
    __tablename__ = "session"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    user_agent: Mapped[str] = mapped_column(sa.String(200), server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    authenticated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """When the password was last given; sensitive actions want it recent."""
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
