"""The list of messages: what was composed, and what the platform sent to many."""

from typing import Any

import pytest
import sqlalchemy as sa

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.drafts.queries import sent_messages
from hackitech.models.event import Event
from hackitech.notifications.notify import notify
from tests.admin.staff import Staff

pytestmark = pytest.mark.usefixtures("db_session")


def test_what_the_platform_sends_to_many_is_listed_too_and_what_it_sends_to_one_is_not(
    admin: Staff, organiser: Staff
) -> None:
    with atomic():
        notify("announcement", all=True, title="To all", message="A message")
        notify("announcement", recipients=[admin.user], title="To one", message="A message")
    listed = admin.get("messages/").text
    assert "To all" in listed and "To one" not in listed
    assert "To all" not in organiser.get("messages/").text


def test_the_list_looks_at_nothing_that_was_sent_to_one(admin: Staff) -> None:
    assert "ix_event_broadcast" in explained(sent_messages(None).order_by(Event.id.desc()).limit(26))


def explained(query: sa.Select[Any]) -> str:
    """Return the database's plan, where sequential scans are the last resort as in a large table."""
    sqlite = db.engine.dialect.name == "sqlite"
    compiled = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    with atomic() as session:
        if not sqlite:
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        rows = session.execute(sa.text(f"EXPLAIN {'QUERY PLAN' if sqlite else ''} {compiled}")).all()
    return "\n".join(str(row) for row in rows)
