"""Messages in the making: what is typed into each step, and the way to the end."""

import re
from typing import Any

from tests.admin.staff import Staff

CONTENT: dict[str, Any] = {
    "notification_type": "room_change",
    "title_fr": "Salle B12",
    "title_en": "Room B12",
    "message_fr": "La finale est en B12.",
    "message_en": "The final is in B12.",
    "priority": "normal",
    "when": "now",
    "channels": ["in_app", "email", "push", "webhook"],
    "step": "next",
}
EVERYBODY = {"kind": "all", "step": "next"}


def begin(staff: Staff) -> int:
    """Begin a message, and return the draft's id."""
    answer = staff.post("messages/new")
    assert answer.status_code == 303
    found = re.fullmatch(r"/admin/messages/drafts/(\d+)/content", answer.headers["Location"])
    assert found
    return int(found[1])


def write(staff: Staff, audience: dict[str, Any] | None = None, **content: Any) -> int:
    """Write a message for everybody unless said otherwise, and return the draft's id."""
    draft = begin(staff)
    assert staff.post(f"messages/drafts/{draft}/content", CONTENT | content).status_code == 303
    assert staff.post(f"messages/drafts/{draft}/audience", audience or EVERYBODY).status_code == 303
    return draft


def confirmation(staff: Staff, draft: int, total: object) -> dict[str, str]:
    """Return what the form of the check sends when this number is typed."""
    html = staff.get(f"messages/drafts/{draft}/check").text
    seen = re.search(r'name="seen" value="([^"]+)"', html)
    assert seen, html
    return {"seen": seen[1].replace("&#43;", "+"), "total": str(total)}


def send(staff: Staff, draft: int, total: object) -> Any:
    """Confirm and send a message."""
    return staff.post(f"messages/drafts/{draft}/send", confirmation(staff, draft, total))


def event_of(answer: Any) -> int:
    """Return the event that an answer leads to."""
    assert answer.status_code == 303, answer.text
    return int(re.fullmatch(r"/admin/messages/(\d+)", answer.headers["Location"])[1])  # type: ignore[index]
