"""Triggers that keep `mailbox_count`, so that no code path can forget it.

Postgres: once per statement, from its transition tables, members in order (two statements that touch the
same members then wait for each other instead of deadlocking). SQLite: once per row; it has one writer.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTS = {
    "unread": "unread",
    "inbox": "place = 'inbox'",
    "snoozed": "place = 'snoozed'",
    "archived": "place = 'archived'",
}
NAMES = ", ".join(COUNTS)

POSTGRES_SOURCES = {
    "insert": ("NEW TABLE AS new_rows", "SELECT *, 1 AS sign FROM new_rows"),
    "delete": ("OLD TABLE AS old_rows", "SELECT *, -1 AS sign FROM old_rows"),
    "update": (
        "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "SELECT *, 1 AS sign FROM new_rows UNION ALL SELECT *, -1 AS sign FROM old_rows",
    ),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for change, (transition, rows) in POSTGRES_SOURCES.items():
            _postgres_trigger(change, transition, rows)
        return
    changed = " OR ".join(
        f"old.{c} IS NOT new.{c}" for c in ("unread", "place", "notification_type", "recipient_id")
    )
    _sqlite_trigger("insert", "", _sqlite_count("new", 1))
    _sqlite_trigger("delete", "", _sqlite_count("old", -1))
    _sqlite_trigger("update", f"WHEN {changed}", _sqlite_count("old", -1) + _sqlite_count("new", 1))


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for change in POSTGRES_SOURCES:
        op.execute(f"DROP TRIGGER mailbox_count_{change}" + (" ON notification" if postgres else ""))
        if postgres:
            op.execute(f"DROP FUNCTION mailbox_count_{change}()")


def _postgres_trigger(change: str, transition: str, rows: str) -> None:
    sums = ", ".join(f"sum(sign * ({counted})::int) AS {name}" for name, counted in COUNTS.items())
    adds = ", ".join(f"{name} = mailbox_count.{name} + excluded.{name}" for name in COUNTS)
    some = " OR ".join(f"{name} <> 0" for name in COUNTS)
    op.execute(f"""
        CREATE FUNCTION mailbox_count_{change}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO mailbox_count (user_id, notification_type, {NAMES})
            SELECT * FROM (
                SELECT recipient_id, notification_type, {sums} FROM ({rows}) AS changed
                GROUP BY recipient_id, notification_type
            ) AS difference
            WHERE {some}
            ORDER BY recipient_id, notification_type
            ON CONFLICT (user_id, notification_type) DO UPDATE SET {adds};
            RETURN NULL;
        END $$""")
    op.execute(f"""
        CREATE TRIGGER mailbox_count_{change} AFTER {change.upper()} ON notification
        REFERENCING {transition} FOR EACH STATEMENT EXECUTE FUNCTION mailbox_count_{change}()""")


def _sqlite_trigger(change: str, condition: str, body: str) -> None:
    op.execute(f"""
        CREATE TRIGGER mailbox_count_{change} AFTER {change.upper()} ON notification
        FOR EACH ROW {condition} BEGIN {body} END""")


def _sqlite_count(row: str, sign: int) -> str:
    values = {
        name: counted.replace("unread", f"{row}.unread").replace("place", f"{row}.place")
        for name, counted in COUNTS.items()
    }
    amounts = ", ".join(f"{sign} * ({counted})" for counted in values.values())
    adds = ", ".join(f"{name} = {name} + excluded.{name}" for name in COUNTS)
    return f"""
        INSERT INTO mailbox_count (user_id, notification_type, {NAMES})
        VALUES ({row}.recipient_id, {row}.notification_type, {amounts})
        ON CONFLICT (user_id, notification_type) DO UPDATE SET {adds};"""
