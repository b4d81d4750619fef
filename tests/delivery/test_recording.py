"""Writing down what became of emails, one commit each."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from hackitech.channels.registry import get_channel
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.dispatch import claim
from hackitech.delivery.recording import recording
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from tests.delivery.conftest import statuses
from tests.factories import make_user

Announce = Callable[..., Any]
Relay = Callable[[], list[list[int]]]


@pytest.fixture
def claimed(announce: Announce, relay: Relay) -> list[Any]:
    announce(make_user().id, make_user().id)
    return claim(get_channel("email"), relay()[0])


def outcomes() -> list[str]:
    return list(db.session.scalars(sa.select(DeliveryAttempt.outcome).order_by(DeliveryAttempt.id)))


def test_each_acceptance_is_committed_before_the_next(claimed: list[Any]) -> None:
    with recording(get_channel("email")) as recorder:
        recorder.record(claimed[0], None)
        assert statuses() == ["sent", "sending"]
        assert outcomes() == ["sent"]
        recorder.record(claimed[1], None)
    assert statuses() == ["sent", "sent"]
    assert outcomes() == ["sent", "sent"]


def test_an_acceptance_of_what_moved_meanwhile_changes_nothing(claimed: list[Any]) -> None:
    with atomic() as session:
        session.execute(sa.update(Delivery).values(status="delivered"))
    with recording(get_channel("email")) as recorder:
        recorder.record(claimed[0], None)
    assert statuses() == ["delivered", "delivered"]
    assert outcomes() == []


@pytest.mark.postgres_only
def test_a_database_that_restarts_between_two_acceptances_forgets_neither(claimed: list[Any]) -> None:
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with recording(get_channel("email")) as recorder:
        recorder.record(claimed[0], None)
        db.session.execute(sa.text(f"{others} AND pid <> pg_backend_pid()"))
        db.session.rollback()
        recorder.record(claimed[1], None)
    assert statuses() == ["sent", "sent"]
    assert outcomes() == ["sent", "sent"]
