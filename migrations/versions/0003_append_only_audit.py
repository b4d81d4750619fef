"""Triggers that refuse to change or delete an audit entry."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANGES = ("update", "delete")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("""
            CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""")
        for change in CHANGES:
            op.execute(f"""
                CREATE TRIGGER audit_no_{change} BEFORE {change.upper()} ON audit_entry
                FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()""")
        return
    for change in CHANGES:
        op.execute(f"""
            CREATE TRIGGER audit_no_{change} BEFORE {change.upper()} ON audit_entry
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""")


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for change in CHANGES:
        op.execute(f"DROP TRIGGER audit_no_{change}" + (" ON audit_entry" if postgres else ""))
    if postgres:
        op.execute("DROP FUNCTION audit_is_append_only()")
