"""What rules of time need: members' settings, digests, what holds a delivery, groups, local times."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
HELD = sa.text("status = 'held'")
GROUPED = "unread = {} AND group_key IS NOT NULL"


def _added() -> dict[str, list["sa.Column[object]"]]:
    return {
        "notification": [sa.Column("group_key", sa.String(length=200), nullable=True)],
        "event": [
            sa.Column("send_at_local", sa.DateTime(), nullable=True),
            sa.Column("zone", sa.String(length=64), nullable=True),
        ],
        "notification_type": [sa.Column("internal", sa.Boolean(), server_default=sa.false(), nullable=False)],
        "type_channel": [sa.Column("escalate_after", sa.Integer(), nullable=True)],
        "delivery": [
            sa.Column("recipient_id", ID, server_default="0", nullable=False),
            sa.Column("hold", sa.String(length=16), nullable=True),
            sa.Column("withdrawn_at", TIME, nullable=True),
        ],
    }


def upgrade() -> None:
    _create_tables()
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    op.drop_column("notification_type", "escalation_delay")
    of_its_notification = "SELECT n.recipient_id FROM notification n WHERE n.id = notification_id"
    op.execute(f"UPDATE delivery SET recipient_id = ({of_its_notification})")
    op.execute("UPDATE notification SET group_key = (SELECT e.group_key FROM event e WHERE e.id = event_id)")
    if op.get_bind().dialect.name == "postgresql":  # SQLite would have to write the whole table anew
        op.alter_column("delivery", "recipient_id", server_default=None)
    op.create_index(
        "ix_delivery_held",
        "delivery",
        ["recipient_id", "channel"],
        postgresql_where=HELD,
        sqlite_where=HELD,
    )
    op.create_index(
        "ix_notification_group",
        "notification",
        ["recipient_id", "group_key", sa.text("surfaced_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text(GROUPED.format("true")),
        sqlite_where=sa.text(GROUPED.format("1")),
    )


def _create_tables() -> None:
    op.create_table(
        "notification_settings",
        sa.Column("user_id", ID, autoincrement=False, nullable=False),
        sa.Column("quiet_hours", sa.JSON(), nullable=False),
        sa.Column("paused_until", TIME, nullable=True),
        sa.Column("daily_email_limit", sa.SmallInteger(), nullable=True),
        sa.Column("emails_on", sa.Date(), nullable=True),
        sa.Column("emails_sent", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_notification_settings_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_settings")),
    )
    op.create_table(
        "digest",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("frequency", sa.String(length=16), nullable=False),
        sa.Column("window_start", TIME, nullable=False),
        sa.Column("event_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_digest_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_digest_event_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint(
            "user_id",
            "channel",
            "frequency",
            "window_start",
            name=op.f("uq_digest_user_id_channel_frequency_window_start"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_digest_event_id"), "digest", ["event_id"])


def downgrade() -> None:
    op.add_column("notification_type", sa.Column("escalation_delay", sa.Integer(), nullable=True))
    op.drop_index("ix_notification_group", "notification")
    op.drop_index("ix_delivery_held", "delivery")
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)
    op.drop_table("digest")
    op.drop_table("notification_settings")
