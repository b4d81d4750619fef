"""Recounting mailboxes: what differs is said and put right, what is right is left alone."""

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.mailbox_count import MailboxCount
from hackitech.notifications import counts_service
from tests.notifications.reader import Reader, make_reader, tabs

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def reader(app: Flask) -> Reader:
    return make_reader(app)


def spoil(**values: int) -> None:
    """Write wrong counts, as no trigger would."""
    with atomic() as session:
        session.execute(sa.update(MailboxCount).values(**values))


def reconcile(app: Flask) -> str:
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["counts", "reconcile"])
    assert result.exit_code == 0, result.output
    db.session.rollback()
    return result.stdout


def test_right_counts_are_left_alone(app: Flask, reader: Reader) -> None:
    reader.receives()
    reader.press(f"/inbox/{reader.receives()}/archive")
    assert reconcile(app) == "Every count is right.\n"


def test_wrong_counts_are_said_and_put_right(app: Flask, reader: Reader) -> None:
    reader.receives()
    reader.press(f"/inbox/{reader.receives()}/archive")
    spoil(unread=7, archived=0)
    assert reconcile(app) == (
        f"member {reader.user.id}, announcement: unread 7 -> 1, archived 0 -> 1\n1 put right.\n"
    )
    assert tabs(reader.get()) == {"all": 1, "unread": 1, "snoozed": 0, "archived": 1}
    assert reconcile(app) == "Every count is right.\n"


def test_a_missing_row_and_one_too_many_are_found(app: Flask, reader: Reader) -> None:
    reader.receives()
    with atomic() as session:
        session.execute(sa.delete(MailboxCount))
        session.add(MailboxCount(user_id=reader.user.id, notification_type="comment", unread=3, inbox=3))
    assert reconcile(app).splitlines() == [
        f"member {reader.user.id}, announcement: unread 0 -> 1, inbox 0 -> 1",
        f"member {reader.user.id}, comment: unread 3 -> 0, inbox 3 -> 0",
        "2 put right.",
    ]


def test_many_members_are_compared_some_at_a_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts_service, "MEMBERS", 2)
    for _ in range(5):
        make_reader(app).receives()
    spoil(inbox=9)
    assert reconcile(app).endswith("5 put right.\n")
    assert reconcile(app) == "Every count is right.\n"
