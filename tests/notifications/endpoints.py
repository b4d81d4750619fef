"""Every endpoint under notifications/ and events/, with a body that is good; {} stands for an id."""

from typing import Any, NamedTuple

from tests.notifications.mailbox import FUTURE

CREATION = {"notification_type": "announcement", "title": "A title", "message": "A message"}


class Endpoint(NamedTuple):
    """One method of one path; `body` None where it takes none."""

    method: str
    path: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


READS = [
    Endpoint("GET", "notifications/"),
    Endpoint("GET", "notifications/my_notifications/"),
    Endpoint("GET", "notifications/unread_count/"),
    Endpoint("GET", "notifications/{}/"),
    Endpoint("GET", "notifications/{}/why/"),
    Endpoint("GET", "suppressed/"),
    Endpoint("GET", "events/{}/"),
]
WITH_BODY = [
    Endpoint("POST", "notifications/", {**CREATION, "recipients": [1]}),
    Endpoint("PUT", "notifications/{}/", {"is_read": True}),
    Endpoint("PATCH", "notifications/{}/", {"is_read": True}),
    Endpoint("POST", "notifications/{}/snooze/", {"until": FUTURE}),
    Endpoint("POST", "notifications/mark_all_as_read/", {}),
    Endpoint("POST", "notifications/bulk/", {"action": "read", "filters": {}}),
    Endpoint("POST", "notifications/bulk/undo/", {"undo_token": "1"}),
    Endpoint("PATCH", "events/{}/", {"priority": "high"}),
    Endpoint("POST", "events/retract/", {"object": "x"}),
]
WITHOUT_BODY = [
    Endpoint("DELETE", "notifications/{}/"),
    Endpoint("POST", "notifications/{}/mark_as_read/"),
    Endpoint("POST", "notifications/{}/mark_as_unread/"),
    Endpoint("POST", "notifications/{}/mark_as_seen/"),
    Endpoint("POST", "notifications/{}/acknowledge/"),
    Endpoint("POST", "notifications/{}/archive/"),
    Endpoint("POST", "notifications/{}/unarchive/"),
    Endpoint("POST", "notifications/{}/unsnooze/"),
    Endpoint("DELETE", "notifications/delete_all_read/"),
    Endpoint("POST", "events/{}/cancel/"),
    Endpoint("POST", "events/{}/pause/"),
    Endpoint("POST", "events/{}/resume/"),
]
WRITES = [*WITH_BODY, *WITHOUT_BODY]
ENDPOINTS = [*READS, *WRITES]
