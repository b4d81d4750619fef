"""Notifications that tests find in the log again, and the log as an administrator reads it."""

import html
import re
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.core.clock import after
from hackitech.core.database import db, table
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.user import User
from hackitech.notifications.notify import notify

LINK = re.compile(r'data-beside="log-detail">([^<]*)<')


def told(*users: User, title: Any = "News", notification_type: str = "announcement", **content: Any) -> int:
    """Notify these members, and return the id of the newest copy."""
    with atomic() as session:
        notify(notification_type, recipients=list(users), title=title, message="A message", **content)
        return int(session.scalar(sa.select(sa.func.max(Notification.id))) or 0)


def event_of(notification_id: int) -> int:
    """Return whose copy a notification is."""
    return int(db.session.get_one(Notification, notification_id).event_id)


def became(notification_id: int, channel: str, status: str, **columns: Any) -> int:
    """Have fared a channel's delivery like this, whatever there was of it, and return its id."""
    copy = db.session.get_one(Notification, notification_id)
    identity = {"notification_id": copy.id, "recipient_id": copy.recipient_id, "channel": channel}
    times = {"created_at": copy.created_at, "updated_at": copy.created_at}
    values = {"status": status, "rule": "default_on", "due_at": None, **columns}
    with atomic() as session:
        session.execute(sa.delete(Delivery).filter_by(notification_id=copy.id, channel=channel))
        made = sa.insert(table(Delivery)).values(**identity, **times, **values)
        return int(session.scalar(made.returning(table(Delivery).c.id)) or 0)


def days_ago(notification_id: int, days: float) -> None:
    """Have a notification be from then."""
    then = after(-days * 86400)
    with atomic() as session:
        copy = sa.update(Notification).where(Notification.id == notification_id)
        session.execute(copy.values(created_at=then, surfaced_at=then))
        event = sa.update(Event).where(Event.id == event_of(notification_id))
        session.execute(event.values(created_at=then))


def log(client: FlaskClient, **query: Any) -> TestResponse:
    """Ask for the log."""
    return client.get("/admin/log/", query_string=query)


def titles(client: FlaskClient, **query: Any) -> list[str]:
    """Return the titles that the log shows under these filters."""
    return titles_of(log(client, **query))


def titles_of(response: TestResponse) -> list[str]:
    """Return the titles that a page of the log shows."""
    assert response.status_code == 200, response.text
    return [html.unescape(title) for title in LINK.findall(response.text)]


def link(response: TestResponse, rel: str = "next") -> str | None:
    """Return where a page leads on to."""
    found = re.search(rf'rel="{rel}" href="([^"]+)"', response.text)
    return html.unescape(found[1]) if found else None


def all_pages(client: FlaskClient, address: str) -> list[list[str]]:
    """Return the titles of this page and all that it leads on to."""
    pages, next_url = [], address
    while next_url:
        page = client.get(next_url)
        pages.append(titles_of(page))
        next_url = link(page) or ""
        assert len(pages) < 50
    return pages
