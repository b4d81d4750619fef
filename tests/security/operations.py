"""Every operation of the OpenAPI document, with a body that is good wherever one is taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask

from tests.bounces.conftest import signature
from tests.factories import PASSWORD

BODIES: dict[str, Any] = {
    "sign_in": {"email": "nobody@example.org", "password": PASSWORD},
    "change_me": {"name": "Me"},
    "create_token": {"name": "Mine"},
    "save_user": {"email": "new@example.org", "name": "New"},
    "change_user": {"name": "Renamed"},
    "create_notification": {
        "notification_type": "announcement",
        "recipients": [1],
        "title": "A",
        "message": "B",
    },
    "mark_all_as_read": {},
    "bulk": {"action": "read", "filters": {}},
    "undo_bulk": {"undo_token": "1"},
    "put_notification": {"is_read": True},
    "patch_notification": {"is_read": True},
    "snooze": {"until": "2199-01-01T00:00:00Z"},
    "patch_event": {"priority": "high"},
    "retract": {"object": "project:12"},
    "create_preference": {"notification_type": "comment", "channel": "email", "enabled": False},
    "replace_preference": {"enabled": False},
    "change_preference": {"enabled": False},
    "update_preferences": {"preferences": []},
    "toggle_all": {"enabled": False, "channel": "push"},
    "change_settings": {"daily_email_limit": 5},
    "simulate": {},
    "register_device": {"kind": "fcm", "token": "token"},
    "report_email": {"type": "delivered", "address": "nobody@example.org"},
    "create_topic": {"key": "go", "label": "Go", "open": True},
    "change_topic": {"open": True},
    "follow_topic": {},
    "mute_object": {"object": "project:12", "muted_until": "2199-01-01T00:00:00Z"},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, its parameters in braces."""

    name: str
    method: str
    path: str
    parameters: tuple[str, ...]
    takes_body: bool

    @property
    def body(self) -> Any:
        """A body that this operation takes, or None."""
        return BODIES[self.name] if self.takes_body else None

    def proof(self, content: str) -> dict[str, str]:
        """What a request carries beside token or cookie: the mail provider signs what it reports."""
        return signature(content) if self.name == "report_email" else {}


def operations(app: Flask) -> Iterator[Operation]:
    """Yield every documented operation."""
    document = app.test_client().get("/api/openapi.json").get_json()
    for path, item in document["paths"].items():
        names = tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))
        for method, found in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield Operation(
                    found["operationId"], method.upper(), path, names, bool(found.get("requestBody"))
                )
