"""What a type does on a channel unless the member chose otherwise; every pair has its row."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base


class TypeChannel(Base):
    __tablename__ = "type_channel"

    notification_type: Mapped[str] = mapped_column(
        sa.String(64), sa.ForeignKey("notification_type.key", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    enabled: Mapped[bool]
    mandatory: Mapped[bool] = mapped_column(server_default=sa.false())
    reason: Mapped[dict[str, str] | None] = mapped_column(sa.JSON)
    """Why it is mandatory, by language."""
    escalate_after: Mapped[int | None] = mapped_column(sa.Integer)
    """Seconds that this channel waits for the notification to be read in the inbox; NULL: it does not."""
