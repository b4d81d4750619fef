"""All that is kept about a member, as one JSON document that is written while it is read."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from hackitech.accounts import queries
from hackitech.core.clock import now, time_text
from hackitech.core.database import db
from hackitech.core.errors import TooManyRequests
from hackitech.core.rate_limit import per_hour, rest_of_window, within
from hackitech.devices.queries import devices_of
from hackitech.models.notification import PLACES
from hackitech.notifications.event_queries import Attempted, deliveries_of
from hackitech.notifications.presentation import present
from hackitech.notifications.queries import N, by_surfacing, joined
from hackitech.preferences.queries import stored
from hackitech.preferences.settings_queries import get_settings
from hackitech.topics.queries import subscriptions_of

EXPORTS_PER_HOUR = 10
_PAGE = 200


def export_account(user_id: int) -> Iterator[str]:
    """Return the pieces of the document; in memory there is never more than a page of notifications.

    Raises:
        TooManyRequests: exported too often within an hour.
    """
    limit, who = per_hour(EXPORTS_PER_HOUR), ("export", str(user_id))
    if not within(limit, *who):
        raise TooManyRequests("Too many exports.", retry_after=rest_of_window(limit, *who))
    return _document(_about(user_id), user_id)


def _document(about: dict[str, Any], user_id: int) -> Iterator[str]:
    yield _text(about)[:-2] + ',\n "notifications": ['
    separator = "\n"
    for page in _pages(user_id, about["account"]["locale"]):
        yield separator + ",\n".join(_text(one) for one in page)
        separator = ",\n"
    yield "\n ]\n}\n"


def _about(user_id: int) -> dict[str, Any]:
    """Return everything but the notifications; of what opens or reaches something, its name alone."""
    settings = get_settings(user_id)
    topics = ("key", "label", "created_at", "muted_until")
    return {
        "exported_at": now(),
        "account": dict(queries.get_user(user_id)),
        "settings": {
            "quiet_hours": settings.quiet_hours,
            "paused_until": settings.paused_until,
            "daily_email_limit": settings.daily_email_limit,
        },
        "preferences": _rows(stored({"user_id": user_id})),
        "devices": _rows(devices_of(user_id)),
        "tokens": _rows(queries.tokens_of(user_id, now())),
        "sessions": _rows(queries.sessions_of(user_id, now())),
        "subscriptions": [{k: row[k] for k in topics} for row in _rows(subscriptions_of(user_id))],
    }


def _pages(user_id: int, locale: str) -> Iterator[list[dict[str, Any]]]:
    """Yield a mailbox, one place after the other as its index has them."""
    own = joined().where(N.recipient_id == user_id, N.deleted_at.is_(None))
    for place in (*PLACES, "hidden"):
        cursor = None
        while True:
            page = by_surfacing().page(own.where(N.place == place), cursor, _PAGE)
            deliveries = deliveries_of(db.session(), [row.id for row in page.rows])
            db.session.rollback()  # whoever reads slowly holds no connection meanwhile
            if page.rows:
                yield [_notification(row, deliveries.get(row.id, []), locale) for row in page.rows]
            cursor = page.next
            if cursor is None:
                break


def _notification(row: Any, deliveries: list[Attempted], locale: str) -> dict[str, Any]:
    in_app = {"in_inbox": row.in_inbox, "in_app_rule": row.in_app_rule}
    return {**present(row, locale), **in_app, "deliveries": [_delivery(*one) for one in deliveries]}


def _delivery(row: Any, attempts: list[Any]) -> dict[str, Any]:
    said = ("channel", "target", "generation", "status", "rule", "hold", "created_at", "updated_at")
    log = [{"at": one.at, "outcome": one.outcome, "detail": one.detail} for one in attempts]
    return {**{name: getattr(row, name) for name in said}, "attempts": log}


def _rows(query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in db.session.execute(query).mappings()]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return time_text(value)
    raise TypeError(f"{type(value).__name__} has no place in an export")
