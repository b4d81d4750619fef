"""What tests of notifications do over and over: fill a mailbox, and look into it."""

import datetime as dt
from typing import Any

from hackitech.core.transaction import atomic
from hackitech.models.subscription import Subscription
from hackitech.models.topic import Topic
from hackitech.notifications.notify import notify
from tests.callers import Caller

JSON = {"Content_Type": "application/json"}
FUTURE = "2199-01-01T12:00:00Z"
PAST = "2020-01-01T12:00:00Z"


def receive(member: Caller, notification_type: str = "announcement", **fields: Any) -> int:
    """Notify one member, as the platform's own code would, and return the notification's id."""
    words = {"title": "A title", "message": "A message"} if "params" not in fields else {}
    with atomic():
        notify(notification_type, recipients=[member.id], **{**words, **fields})
    return newest(member)


def newest(member: Caller) -> int:
    """Return the id of what a member received last."""
    return ids(member.get("notifications/my_notifications/?page_size=1"))[0]


def create(sender: Caller, **fields: Any) -> Any:
    """Create over HTTP, in words of one's own; return the response."""
    body = {"notification_type": "announcement", "title": "A title", "message": "A message", **fields}
    return sender.post("notifications/", body)


def created(sender: Caller, **fields: Any) -> dict[str, Any]:
    """Create over HTTP and return the answer, which must be a 201 or a 202."""
    response = create(sender, **fields)
    assert response.status_code in (201, 202), response.get_data(as_text=True)
    answer: dict[str, Any] = response.get_json()
    return answer


def ids(response: Any) -> list[int]:
    """Return the ids of a list."""
    assert response.status_code == 200, response.get_data(as_text=True)
    return [item["id"] for item in response.get_json()["results"]]


def listed(member: Caller, query: str = "") -> list[int]:
    """Return the ids that a member's list shows."""
    return ids(member.get(f"notifications/{query}"))


def read_one(member: Caller, notification_id: int) -> dict[str, Any]:
    """Return one notification as its reader sees it."""
    response = member.get(f"notifications/{notification_id}/")
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = response.get_json()
    return answer


def unread_count(member: Caller) -> int:
    """Return the badge's number."""
    return int(member.get("notifications/unread_count/").get_json()["unread_count"])


def make_topic(key: str, *members: Caller, is_open: bool = True) -> str:
    """Store a topic that these members follow, and return its key."""
    now = dt.datetime.now(dt.UTC)
    with atomic() as session:
        topic = Topic(key=key, label={"fr": key, "en": key}, is_open=is_open, created_at=now)
        session.add(topic)
        session.flush()
        session.add_all(Subscription(topic_id=topic.id, user_id=m.id, created_at=now) for m in members)
    return key
