"""Turn claimed deliveries into messages that a channel can send."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.catalog.lookup import find_type
from hackitech.channels.base import Channel, Item, Message
from hackitech.core.i18n import in_language
from hackitech.delivery.holding import NO_LONGER_NEW
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.rules import Rule
from hackitech.models.user import User

_COLUMNS = (
    Delivery.id,
    Delivery.status,
    Delivery.rule,
    Delivery.hold,
    Delivery.target,
    Delivery.attempts,
    Delivery.generation,
    Delivery.first_attempt_at,
    Notification.id.label("notification_id"),
    NO_LONGER_NEW.label("no_longer_new"),
    Event.retracted_at,
    Event.status.label("event_status"),
    Event.title,
    Event.message,
    Event.channel_wording,
    Event.action_url,
    Event.priority,
    Event.data,
    Event.expires_at,
    Event.acknowledge,
    Event.notification_type,
    Event.created_at,
    User.id.label("recipient_id"),
    User.name.label("recipient_name"),
    User.locale,
    User.timezone,
    User.active,
)

_AS_IT_IS = (
    *("notification_id", "notification_type", "recipient_id", "recipient_name", "target", "locale"),
    *("timezone", "action_url", "priority", "data", "acknowledge", "created_at", "expires_at"),
)
"""What a message has of its row by the same name."""


def select_letters(ids: Iterable[int]) -> sa.Select[Any]:
    """Select what is needed to send these deliveries, locking them against other workers."""
    return (
        sa.select(*_COLUMNS)
        .join(Notification, Notification.id == Delivery.notification_id)
        .join(Event, Event.id == Notification.event_id)
        .join(User, User.id == Notification.recipient_id)
        .where(Delivery.id.in_(list(ids)))
        .order_by(Delivery.id)
        .with_for_update(of=Delivery, skip_locked=True)
    )


def load_addresses(session: Session, channel: Channel, rows: Iterable[Any]) -> dict[tuple[int, int], Any]:
    """Return the channel's address of each (recipient, target) that still has one."""
    pairs = [(row.recipient_id, row.target) for row in rows]
    found = session.execute(channel.addresses(pairs)).all() if pairs else ()
    return {(address.recipient_id, address.target): address for address in found}


def write_message(session: Session, channel: Channel, row: Any, address: Any) -> Message:
    """Return the message that a claimed row is."""
    loaded = find_type(session, row.notification_type)
    words: Mapping[str, Any] = row.channel_wording.get(row.locale) or {}
    return Message(
        delivery_id=row.id,
        dedupe_id=dedupe_id(row),
        address=address,
        title=in_language(row.title, row.locale),
        message=in_language(row.message, row.locale),
        wording=words.get(channel.key) or {},
        action_label=words.get("action_label"),
        category=loaded.category if loaded else "",
        mandatory=row.rule == Rule.MANDATORY,
        sign_action=bool(loaded and loaded.sign_action),
        items=tuple(Item(**item) for item in words.get("items") or ()),
        more=words.get("more") or 0,
        **{name: getattr(row, name) for name in _AS_IT_IS},
    )


def dedupe_id(row: Any) -> str:
    """Return what a delivery is called wherever it arrives, in every attempt."""
    return f"{row.id}-{row.generation}"
