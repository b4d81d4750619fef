"""A mail provider that signs its reports, and emails for it to report on."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.delivery.dispatch import deliver
from hackitech.delivery.outbox import claim_due
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import DeliveryAttempt
from hackitech.models.suppression import Suppression
from hackitech.notifications.notify import notify
from tests.callers import People, make_people
from tests.conftest import SETTINGS
from tests.mail_server import MailServer

PATH = "/api/notifications/email/events/"
Report = Callable[..., TestResponse]


@pytest.fixture
def people(app: Flask, db_session: object) -> People:
    return make_people(app)


@pytest.fixture
def report(app: Flask) -> Report:
    """Send what a provider signs: the fields of a report, or raw bytes as `body`."""

    def send(
        *, id: str = "msg_1", age: float = 0, headers: Any = None, body: Any = None, **fields: Any
    ) -> Any:
        content = json.dumps(fields) if body is None else body
        headers = signature(content, id, age) if headers is None else headers
        return app.test_client().post(PATH, data=content, content_type="application/json", headers=headers)

    return send


def signature(content: str, id: str = "msg_1", age: float = 0) -> dict[str, str]:
    """Return the headers that prove who says this, and that they said it `age` seconds ago."""
    at = clock.after(-age)
    text = Webhook(SETTINGS["BOUNCE_WEBHOOK_SECRET"]).sign(id, at, content)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": text,
    }


@pytest.fixture
def email_to(smtp_server: MailServer) -> Callable[[int], str]:
    """Email a member through the engine, and return the Message-ID."""

    def send(member_id: int) -> str:
        with atomic():
            notify("announcement", recipients=[member_id], title="A", message="B", channels=["email"])
        with atomic() as session:
            ids = claim_due(session, "email", 10, 30).ids
        deliver("email", ids)
        return str(smtp_server.messages[-1].message["Message-ID"])

    return send


def last_delivery() -> Any:
    """Return the newest delivery by email."""
    db.session.rollback()
    newest = sa.select(Delivery.id, Delivery.status, Delivery.rule).order_by(Delivery.id.desc())
    return db.session.execute(newest.where(Delivery.channel == "email").limit(1)).one()


def log_of(delivery_id: int) -> list[tuple[str, str]]:
    """Return the outcomes and details that were written down for a delivery."""
    entries = sa.select(DeliveryAttempt.outcome, DeliveryAttempt.detail).order_by(DeliveryAttempt.id)
    rows = db.session.execute(entries.where(DeliveryAttempt.delivery_id == delivery_id))
    return [(row.outcome, row.detail) for row in rows]


def suppressed() -> dict[str, str]:
    """Return the suppressed addresses of emails, with the reasons."""
    db.session.rollback()
    rows = db.session.execute(sa.select(Suppression.address, Suppression.reason))
    return {row.address: row.reason for row in rows}
