"""Webhooks: each notification as signed JSON (Standard Webhooks 1.0) to every URL that the member named.

A request is a POST of `{"type": "notification.created", "timestamp": …, "data": {"notification": {…}}}`, with
fields named as in the API, and the headers `webhook-id` (the same for every attempt), `webhook-timestamp` and
`webhook-signature`. Any 2xx accepts it, 410 ends the webhook, and what a receiver may mend is tried again.
"""

import base64
import json
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.elements import ColumnElement
from standardwebhooks import Webhook

from hackitech.channels.base import Message, Outcome, Permanent, Technical, Temporary
from hackitech.channels.circuit import circuit_for
from hackitech.channels.devices import DeviceChannel
from hackitech.channels.endpoints import Endpoint, parse_public_endpoint
from hackitech.channels.http_post import Answer, Poster
from hackitech.channels.links import absolute
from hackitech.channels.outcomes import outcome_of
from hackitech.channels.retry import backoff
from hackitech.core import clock
from hackitech.core.database import table
from hackitech.core.i18n import N_
from hackitech.models.device import WEBHOOK, Device

CREATED = "notification.created"
"""The type of message, named as in the stream."""
GONE = 410
NOT_MENDED_BY_WAITING = (401, 403, 413)


class WebhookChannel(DeviceChannel):
    """Calls the programs that a member connected; whoever connected none hears nothing of this channel."""

    key = "webhook"
    label = N_("Webhook")
    kinds = (WEBHOOK,)
    on_demand = True

    def targets(self, people: FromClause) -> tuple[FromClause, ColumnElement[int]]:
        """Join each member's webhooks, and nothing where there is none."""
        return sa.join(people, Device, self._usable()), table(Device).c.id

    def available(self) -> ColumnElement[bool]:
        """Always: it takes nothing but the network."""
        return sa.true()

    def send(self, messages: list[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Send each, over one connection per host, and say at once what became of it."""
        with Poster(current_app.config) as poster:
            for message in messages:
                yield message, outcome_of(partial(_send, poster, message))

    def retry_delay(self, attempts: int) -> float:
        """Return the seconds to wait after that many attempts."""
        return backoff(current_app.config["WEBHOOK_RETRY_DELAYS"], attempts)

    def retry_for(self, message: Message) -> float:
        """Return how many seconds a webhook is tried."""
        return float(current_app.config["WEBHOOK_RETRY_FOR"])


def new_secret() -> str:
    """Return a secret to sign with, as its owner's library reads it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def check_url(url: str) -> Endpoint:
    """Return the parts of a URL that may be called.

    Raises:
        ValueError: it may not; the text says why, to follow the field's name.
    """
    return parse_public_endpoint(url, current_app.config["WEBHOOK_HOSTS"])


def failure_of(answer: Answer) -> Outcome:
    """Return the class of an answer; what is not named here is tried again, as the standard asks."""
    status, detail = answer.status, f"{answer.status} {answer.text}".strip()
    if 200 <= status < 300:
        return None
    if status == GONE:
        return Permanent(detail)
    if 300 <= status < 400:
        return Technical(f"{status} redirect refused")
    if status in NOT_MENDED_BY_WAITING:
        return Technical(detail)
    return Temporary(detail, retry_after=answer.retry_after)


def content(message: Message) -> dict[str, Any]:
    """Return what a receiver is told."""
    return {
        "type": CREATED,
        "timestamp": clock.time_text(message.created_at),
        "data": {
            "notification": {
                "id": message.notification_id,
                "recipient": message.recipient_id,
                "notification_type": message.notification_type,
                "title": message.wording.get("subject", message.title),
                "message": message.wording.get("body", message.text),
                "action_url": absolute(message.action_url),
                "data": message.data,
                "priority": message.priority,
                "expires_at": clock.time_text(message.expires_at),
                "created_at": clock.time_text(message.created_at),
            }
        },
    }


def _send(poster: Poster, message: Message) -> None:
    try:
        endpoint = check_url(message.address.address)
    except ValueError as error:
        raise Technical(f"the URL {error}") from None
    body = json.dumps(content(message), ensure_ascii=False, separators=(",", ":"))
    headers = _signed(message, body)
    with circuit_for(endpoint.origin).call():
        failure = failure_of(poster.post(endpoint, headers, body.encode()))
        if failure:
            raise failure


def _signed(message: Message, body: str) -> dict[str, str]:
    id_, at = f"ntf-{message.dedupe_id}", clock.now()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Hackitech-Notifi",
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(message.address.secret).sign(id_, at, body),
    }
