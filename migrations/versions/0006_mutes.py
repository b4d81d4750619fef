"""Objects that members muted until a time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mute",
        sa.Column("user_id", ID, autoincrement=False, nullable=False),
        sa.Column("object", sa.String(length=200), nullable=False),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mute_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "object", name=op.f("pk_mute")),
    )


def downgrade() -> None:
    op.drop_table("mute")
