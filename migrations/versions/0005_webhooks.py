"""Webhooks: the secret that signs what is sent to one."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("secret", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM device WHERE kind = 'webhook'")
    op.drop_column("device", "secret")
