"""What happens on the platform while somebody listens."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from hackitech.accounts.loader import session_cookie
from hackitech.accounts.sessions import begin_session
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.notification import Notification
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from tests.realtime.server import WebProcess


def send(*members: User, title: str = "News", **content: Any) -> int:
    """Notify members and return the id of the first one's copy."""
    with atomic():
        told = notify("announcement", recipients=list(members), title=title, message="…", **content)
    return copy_of(told.event_id, members[0])


def send_quietly(member: User, number: int, minutes_ago: float = 0.0) -> list[int]:
    """Notify a member `number` times as if that was then, without telling anybody; return the ids."""
    with atomic() as session:
        events = [
            notify("announcement", recipients=[member], title=f"No. {i}", message="…").event_id
            for i in range(number)
        ]
        session.info["publications"].clear()
        then = now() - dt.timedelta(minutes=minutes_ago)
        own = Notification.event_id.in_(events)
        session.execute(sa.update(Notification).where(own).values(surfaced_at=then, created_at=then))
        return list(session.scalars(sa.select(Notification.id).where(own).order_by(Notification.id)))


def browser(web: WebProcess, member: User, origin: str | None = None) -> dict[str, str]:
    """Return the headers of a page of ours (or of `origin`) that opens a stream, signed in as a member."""
    with atomic():
        secret = begin_session(member.id, "test browser").secret
    return {"Cookie": f"{session_cookie()}={secret}", "Origin": origin or web.url}


def copy_of(event_id: int, member: User) -> int:
    """Return the id of a member's copy of an event."""
    query = sa.select(Notification.id).where(
        Notification.event_id == event_id, Notification.recipient_id == member.id
    )
    return db.session.execute(query).scalar_one()
