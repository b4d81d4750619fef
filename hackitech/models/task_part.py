"""A piece of what a task produces, written with the step that made it; the parts in order are the file."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hackitech.core.database import Base, Id


class TaskPart(Base):
    __tablename__ = "task_part"

    task_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("task.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(sa.Text)
