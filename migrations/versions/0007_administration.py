"""What administering needs: drafts, tasks, figures by day, acknowledgement, roles, failures dealt with."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
FAILED = sa.text(
    "status IN ('temporary-failure', 'permanent-failure', 'technical-failure') AND settled_at IS NULL"
)
BROADCAST = sa.text("audience <> 'ids'")
DUE = sa.text("due_at IS NOT NULL")


def _added() -> dict[str, list["sa.Column[object]"]]:
    return {
        "user": [sa.Column("last_seen_at", TIME, nullable=True)],
        "event": [
            sa.Column("role", sa.String(length=16), nullable=True),
            sa.Column("acknowledge", sa.Boolean(), server_default=sa.false(), nullable=False),
        ],
        "notification": [sa.Column("acknowledged_at", TIME, nullable=True)],
        "delivery": [sa.Column("settled_at", TIME, nullable=True)],
        "notification_type": [
            sa.Column("source", sa.String(length=8), server_default="file", nullable=False)
        ],
    }


def upgrade() -> None:
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_event_created_at", "event", ["created_at"])
    op.create_index("ix_event_broadcast", "event", ["id"], postgresql_where=BROADCAST, sqlite_where=BROADCAST)
    op.create_index(
        "ix_delivery_failed", "delivery", ["channel", "id"], postgresql_where=FAILED, sqlite_where=FAILED
    )
    _create_drafts()
    _create_tasks()
    _create_figures()


def _create_drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("notification_type", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("event_id", ID, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_draft_author_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_draft_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_draft_author_id"), "draft", ["author_id"])
    op.create_index(op.f("ix_draft_event_id"), "draft", ["event_id"])


def _create_tasks() -> None:
    op.create_table(
        "task",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cursor", ID, server_default="0", nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user.id"], name=op.f("fk_task_owner_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_task_owner_id"), "task", ["owner_id"])
    op.create_index("ix_task_due", "task", ["due_at"], postgresql_where=DUE, sqlite_where=DUE)
    op.create_table(
        "task_part",
        sa.Column("task_id", ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_task_part_task_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", "number", name=op.f("pk_task_part")),
    )


def _create_figures() -> None:
    op.create_table(
        "daily_figure",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("notification_type", sa.String(length=64), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("computed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "notification_type", name=op.f("pk_daily_figure")),
    )


def downgrade() -> None:
    for table in ("daily_figure", "task_part", "task", "draft"):
        op.drop_table(table)
    op.drop_index("ix_delivery_failed", "delivery")
    op.drop_index("ix_event_broadcast", "event")
    op.drop_index("ix_event_created_at", "event")
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)
