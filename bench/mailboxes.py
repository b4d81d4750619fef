"""Mailboxes of several sizes, filled in sets."""

import datetime as dt

import flask_migrate
import sqlalchemy as sa

from hackitech.accounts.tokens import digest, new_token
from hackitech.app import create_app
from hackitech.core.clock import after, now
from hackitech.core.database import db, table
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.user import User
from hackitech.types.service import sync_catalogue

TYPE = "team_invitation"
CHUNK = 50_000
SPACING = 7
"""Seconds between two notifications of a mailbox."""


def prepare(database_url: str, sizes: tuple[int, ...]) -> dict[int, str]:
    """Migrate a database, fill a mailbox of each size, and return a bearer token for each."""
    app = create_app({"DATABASE_URL": database_url, "SQL_TIMEOUT": 600.0})
    with app.app_context():
        flask_migrate.upgrade()
        sync_catalogue()
        tokens = {size: _fill(size) for size in sizes}
        _settle()
        db.engine.dispose()
    return tokens


def _fill(size: int) -> str:
    """Give a new member a mailbox with one notification in ten unread."""
    with atomic() as session:
        columns = {"email": f"mailbox{size}@bench.example", "name": f"Mailbox {size}", "created_at": now()}
        user_id = session.scalar(sa.insert(User).values(**columns, role="admin").returning(User.id))
    for start in range(0, size, CHUNK):
        _insert(user_id, size - start, min(CHUNK, size - start))
    secret = new_token()
    with atomic() as session:
        session.add(
            ApiToken(user_id=user_id, name="bench", token_hash=digest(secret), scopes="read write send",
                     created_at=now(), expires_at=after(86400))
        )  # fmt: skip
    return secret


def _insert(user_id: int, age: int, amount: int) -> None:
    """Insert a chunk of events and this member's copies of them, oldest first."""
    times = [now() - dt.timedelta(seconds=(age - n) * SPACING) for n in range(amount)]
    words = {"fr": "Invitation dans l’équipe Rust", "en": "Invitation to the team Rust"}
    fixed = {
        **{"notification_type": TYPE, "title": words, "message": words, "priority": "normal"},
        **{"channel_wording": {}, "params": {}, "data": {}, "search_text": "invitation dans l'equipe rust"},
        **{"audience": "ids", "status": "done", "total": 1, "done": 1},
        **{"recipient_ids": [user_id], "unknown_recipients": []},
    }
    with atomic() as session:
        last = session.scalar(sa.select(sa.func.max(Event.id))) or 0
        session.execute(sa.insert(table(Event)), [{**fixed, "created_at": at} for at in times])
        copies = sa.select(
            Event.id, sa.literal(user_id), Event.notification_type, sa.true(), sa.literal("default_on"),
            Event.created_at, Event.created_at, sa.case((Event.id % 10 != 0, Event.created_at)),
        ).where(Event.id > last).order_by(Event.id)  # fmt: skip
        names = ["event_id", "recipient_id", "notification_type", "in_inbox", "in_app_rule", "created_at",
                 "surfaced_at", "read_at"]  # fmt: skip
        session.execute(sa.insert(table(Notification)).from_select(names, copies))


def _settle() -> None:
    """Let the database know what it holds, as it does by itself after a while."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        postgres = connection.dialect.name == "postgresql"
        connection.exec_driver_sql("VACUUM ANALYZE" if postgres else "ANALYZE")
