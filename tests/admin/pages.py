"""Every page of the administration, with something on each of them."""

import html
import re
from typing import Any
from urllib.parse import parse_qsl

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from hackitech.core import clock
from hackitech.core.transaction import atomic
from hackitech.models.event import Event
from hackitech.models.suppression import Suppression
from hackitech.models.topic import Topic
from hackitech.operations.figures_service import count_chunk, count_today
from tests.admin import composing
from tests.admin.failing import fail_email
from tests.admin.logged import event_of, told
from tests.admin.staff import Staff
from tests.factories import make_token, make_user

PARTS = (
    "admin.messages.progress.bar",
    "admin.messages.progress.channels",
    "admin.messages.compose.preview_email",
    "admin.messages.compose.reach",
    "admin.types.wording.stored_email",
    "admin.tasks.download",
)
"""What answers with a fragment, a frame's content or a file."""
WAYS_BACK = ".leave"
"""These endpoints lead from the address of a form back to its page."""
ADDRESS = "gone@example.org"


def furnish(staff: Staff) -> dict[str, Any]:
    """Have something on every page, and return what fills the holes of addresses, by name or endpoint."""
    member = make_user(name="Ana Sousa", email="ana.with.a.long.address@subdomain.example.org")
    with atomic() as session:
        session.add(_topic(staff))
        gone = {"channel": "email", "address": ADDRESS, "reason": "550 no such user"}
        session.add(Suppression(**gone, created_at=clock.now()))
    copy = told(member, staff.user, title="The final is in another room " * 2)
    with atomic() as session:
        session.execute(sa.update(Event).values(acknowledge=True))
    fail_email(member, make_user())
    count_chunk(count_today(), 1000)
    make_token(staff.user)
    found = re.search(r'href="/admin/failures/group\?([^"]+)"', staff.get("failures/").text)
    assert found
    group = dict(parse_qsl(html.unescape(found[1])))
    task = staff.post("log/export").headers["Location"]
    return {
        "notification_id": copy,
        "event_id": event_of(copy),
        "user_id": member.id,
        "draft_id": composing.write(staff),
        "task_id": int(task.rpartition("/")[2]),
        "locale": "fr",
        "admin.topics": {"key": "final"},
        "admin.types": {"key": "room_change"},
        "admin.suppressions.confirm": {"channel": "email", "address": ADDRESS},
        "admin.failures.check": {"action": "replay", **group, "whole": "1"},
        "admin.failures.group": group,
        "admin.types.wording.diff": {"from": 1, "to": 1},
    }


def _topic(staff: Staff) -> Topic:
    label = {"fr": "Finale", "en": "Final"}
    return Topic(key="final", label=label, is_open=True, owner_id=staff.user.id, created_at=clock.now())


def addresses(app: Flask, holes: dict[str, Any]) -> dict[str, str]:
    """Return the address of each page of the administration, by endpoint."""
    with app.test_request_context():
        return {rule.endpoint: app.url_for(rule.endpoint, **_values(rule, holes)) for rule in _pages(app)}


def _pages(app: Flask) -> list[Rule]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("admin.")]
    read = [rule for rule in rules if "GET" in (rule.methods or ()) and rule.endpoint not in PARTS]
    return [rule for rule in read if not rule.endpoint.endswith(WAYS_BACK)]


def _values(rule: Rule, holes: dict[str, Any]) -> dict[str, Any]:
    section = ".".join(rule.endpoint.split(".")[:2])
    own = {**holes, **holes.get(section, {})}
    return {name: own[name] for name in rule.arguments} | holes.get(rule.endpoint, {})
