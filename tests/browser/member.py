"""A member at a browser, and the platform that notifies members."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import requests
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Page

from hackitech.accounts.loader import session_cookie
from hackitech.accounts.sessions import begin_session
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.notification import Notification
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from tests.browser.inbox import Inbox
from tests.factories import bearer, make_user

API = "/api/notifications/"
NewContext = Callable[..., BrowserContext]
"""Opens a browser with these options."""


class Platform:
    """What notifies members: over HTTP while they watch, or straight into the database before."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._headers = bearer(make_user("admin"), "read", "write", "send", "admin")

    def create(self, member: "Member", title: Any = "News", **fields: Any) -> int:
        """Create a notification over the JSON API, and return its id."""
        body = {"notification_type": "announcement", "title": title, "message": "A message", **fields}
        answer = self.call("POST", "notifications/", self._headers, {**body, "recipient": member.user.id})
        return int(answer["id"])

    def call(self, method: str, path: str, headers: dict[str, str], json: Any = None) -> Any:
        """Call the JSON API and return its answer, which must be good."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, self.url + API + path, headers=headers, json=json, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def notify(self, user: User, *titles: str, **fields: Any) -> list[int]:
        """Notify a member as the platform's own code does, without HTTP, and return the ids."""
        kind = fields.pop("notification_type", "announcement")
        words = {"message": "A message", **fields}
        with atomic():
            told = [notify(kind, recipients=[user], title=title, **words) for title in titles]
        return [_copy_of(one.event_id, user.id) for one in told]

    def fill(self, user: User, *titles: str, days_ago: float = 0.0, **fields: Any) -> list[int]:
        """Give a member notifications from before, the last one newest; return their ids, tell nobody."""
        with atomic() as session:
            copies = self.notify(user, *titles, **fields)
            session.info["publications"].clear()
            for place, copy in enumerate(reversed(copies)):
                then = now() - dt.timedelta(days=days_ago, seconds=place)
                own = sa.update(Notification).where(Notification.id == copy)
                session.execute(own.values(surfaced_at=then, created_at=then))
        return copies


class Member:
    """A member who is signed in."""

    def __init__(self, platform: Platform, context: BrowserContext, user: User) -> None:
        self.platform = platform
        self.context = context
        self.user = user
        self.sign_in()

    def sign_in(self) -> None:
        """Have a session, as if the password had been typed."""
        with atomic():
            secret = begin_session(self.user.id, "test browser").secret
        self.context.add_cookies([{"name": session_cookie(), "value": secret, "url": self.platform.url}])

    def open(self, path: str) -> Page:
        """Open a page in a tab of its own."""
        page = self.context.new_page()
        page.goto(path)
        return page

    def inbox(self) -> Inbox:
        """Return the inbox in a tab of its own, not opened yet."""
        return Inbox(self.context.new_page())

    def had(self, *titles: str, **fields: Any) -> list[int]:
        """Have received these before, the last one newest; return their ids."""
        return self.platform.fill(self.user, *titles, **fields)

    def receives(self, title: str = "News", **fields: Any) -> int:
        """Receive a notification now, from the JSON API; return its id."""
        return self.platform.create(self, title, **fields)

    def elsewhere(self, method: str, path: str, json: Any = None) -> Any:
        """Do something on another device, over the JSON API."""
        return self.platform.call(method, path, bearer(self.user), json)

    def state(self, notification_id: int) -> dict[str, Any]:
        """Return one of the member's notifications, as the JSON API shows it."""
        answer: dict[str, Any] = self.elsewhere("GET", f"notifications/{notification_id}/")
        return answer


def _copy_of(event_id: int, user_id: int) -> int:
    query = sa.select(Notification.id).where(
        Notification.event_id == event_id, Notification.recipient_id == user_id
    )
    return int(db.session.execute(query).scalar_one())
