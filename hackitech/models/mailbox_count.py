"""How many notifications of each type a member has in each place; kept by triggers alone."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id


class MailboxCount(Base):
    __tablename__ = "mailbox_count"
    __table_args__ = {"postgresql_with": {"fillfactor": "50"}}

    user_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    notification_type: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    unread: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    inbox: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    snoozed: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    archived: Mapped[int] = mapped_column(sa.Integer, server_default="0")
