"""A web process dies at each point of creating; who repeats the request gets what there is, or makes it."""

import signal
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.idempotency_key import IdempotencyKey
from hackitech.models.notification import Notification
from tests.factories import bearer, make_user
from tests.web_process import WebProcess

KEYS = ("first", "second", "third")
SET = (Event.id, Notification.id, Delivery.id, IdempotencyKey.key)
"""What each request makes one row of: there are further deliveries, which are suppressed."""
THERE = {"web.before_commit": 2, "web.committed": 3, "web.before_response": 3}
"""How many of three are there when the server died over the third, by point."""


def create(url: str, key: str, headers: dict[str, str], recipient: int) -> requests.Response:
    wanted: dict[str, Any] = {"notification_type": "announcement", "recipient": recipient}
    wanted |= {"title": f"The {key}", "message": "…", "channels": ["email"]}
    with requests.Session() as session:
        session.trust_env = False
        address = f"{url}/api/notifications/notifications/"
        return session.post(address, json=wanted, headers={**headers, "Idempotency-Key": key}, timeout=20)


def rows() -> list[int]:
    """Return how many events, notifications, emails and remembered keys there are."""
    db.session.rollback()
    counts = {column: sa.select(sa.func.count(column)) for column in SET}
    counts[Delivery.id] = counts[Delivery.id].where(Delivery.channel == "email")
    return [db.session.scalar(statement) or 0 for statement in counts.values()]


@pytest.mark.parametrize("point", THERE)
def test_what_a_killed_server_was_creating_is_there_whole_or_not_at_all(
    point: str, app: Flask, app_settings: dict[str, Any], live_url: str
) -> None:
    with app.app_context():
        headers, member = bearer(make_user("admin"), "send"), make_user().id
        dying = WebProcess(app_settings, KILL_AT=f"{point}:3")
        acknowledged = [create(dying.url, key, headers, member) for key in KEYS[:2]]
        with pytest.raises(requests.ConnectionError):
            create(dying.url, KEYS[2], headers, member)
        dying.end(signal.SIGKILL)
        assert rows() == [THERE[point]] * len(SET)

        again = [create(live_url, key, headers, member) for key in KEYS]

        assert rows() == [3] * len(SET)
    assert {answer.status_code for answer in (*acknowledged, *again)} == {201}
    replayed = ["Idempotent-Replayed" in answer.headers for answer in again]
    assert replayed == [True, True, THERE[point] == 3]
    assert [answer.json() for answer in again[:2]] == [answer.json() for answer in acknowledged]
