"""The Python call: one way in, in the caller's transaction."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.accounts.principal import SESSION_SCOPES, Principal
from hackitech.core.database import db
from hackitech.core.errors import Invalid
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.notifications.notify import notify
from hackitech.notifications.schedule_service import advance_due_event
from tests.factories import make_user
from tests.notifications.statements import watched

pytestmark = pytest.mark.usefixtures("db_session")


def count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_it_joins_the_callers_transaction_and_commits_nothing() -> None:
    member = make_user()
    with pytest.raises(RuntimeError), atomic():
        notify("team_invitation", recipients=[member], params={"team": "Rust"})
        raise RuntimeError("the caller's own work failed")
    assert (count(Event), count(Notification), count(Delivery)) == (0, 0, 0)


def test_one_call_writes_the_event_the_copies_and_a_delivery_per_channel() -> None:
    me, user = make_user(name="Ana"), make_user()
    with atomic():
        notified = notify(
            "team_invitation", recipients=[user], actor=me, params={"team": "Rust"}, action_url="/teams/12"
        )
    event = db.session.get(Event, notified.event_id)
    assert event is not None and event.actor_id == me.id and event.status == "done"
    assert "Rust" in event.title["fr"] and "Rust" in event.title["en"]
    channels = db.session.scalars(sa.select(Delivery.channel).order_by(Delivery.channel))
    assert list(channels) == ["email", "push"]


def test_whoever_is_signed_in_can_be_the_actor() -> None:
    user = make_user()
    me = Principal(user.id, user.email, "Ana", "member", "fr", "Europe/Paris", SESSION_SCOPES["member"])
    reader = make_user()
    with atomic():
        notified = notify("comment", recipients=[reader], actor=me, title="T", message="M")
    assert db.session.scalar(sa.select(Event.actor_id).where(Event.id == notified.event_id)) == user.id


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"params": {}}, "params.team"),
        ({"params": {"team": "Rust", "colour": "red"}}, "params.colour"),
        ({"params": {"team": "Rust"}, "priority": "huge"}, "priority"),
        ({"params": {"team": "Rust"}, "action_url": "javascript:alert(1)"}, "action_url"),
        ({"params": {"team": "Rust"}, "channels": ["pigeon"]}, "channels.0"),
        ({"params": {"team": "Rust"}, "all": True}, "recipients"),
        ({"title": "Only a title"}, "message"),
        ({"params": {"team": "Rust"}, "actor": 10**9}, "actor"),
    ],
)
def test_what_is_wrong_is_named_by_field(fields: dict[str, Any], named: str) -> None:
    member = make_user()
    with pytest.raises(Invalid) as caught, atomic():
        notify("team_invitation", **{"recipients": [member], **fields})
    assert named in caught.value.errors
    assert count(Event) == 0


def test_one_member_and_thirty_take_the_same_six_statements() -> None:
    one = [make_user().id]
    many = [make_user().id for _ in range(30)]

    def send(recipients: list[int]) -> None:
        with atomic():
            notify("team_invitation", recipients=recipients, params={"team": "Rust"})

    send(one)  # reads the catalogue, which the next ones find in memory
    for recipients in (one, many):
        with watched() as statements:
            send(recipients)
        assert len(statements) == 6


def test_a_large_audience_is_written_in_chunks_that_go_on_where_they_were(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "INLINE_CHUNK_SIZE", 3)
    monkeypatch.setitem(app.config, "CHUNK_SIZE", 4)
    actor, *members = [make_user() for _ in range(12)]
    with atomic():
        notified = notify("announcement", all=True, actor=actor, title="T", message="M")

    def progress() -> tuple[str, int, int]:
        db.session.rollback()
        event = db.session.get(Event, notified.event_id, populate_existing=True)
        assert event is not None
        return event.status, event.done, event.total

    assert progress() == ("running", 3, 11)
    assert advance_due_event()
    assert progress() == ("running", 7, 11)
    while advance_due_event():
        pass
    assert progress() == ("done", 11, 11)
    recipients = set(db.session.scalars(sa.select(Notification.recipient_id)))
    assert recipients == {member.id for member in members}
    assert count(Notification) == 11
