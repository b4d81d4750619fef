"""Days in the inbox: they end at midnight in Paris, also in the nights when the clocks change."""

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from hackitech.core.transaction import atomic
from hackitech.models.notification import Notification
from tests.browser.member import Member
from tests.factories import sign_in

# What time it is, and what is said of the days on which notifications came, all in UTC.
NIGHTS = {
    "an ordinary one": (
        "2026-09-15T22:30",
        {
            "Today": ["2026-09-15T22:00"],
            "Yesterday": ["2026-09-15T21:59", "2026-09-14T22:00"],
            "This week": ["2026-09-14T21:59", "2026-09-13T22:00"],
            "Older": ["2026-09-13T21:59"],
        },
    ),
    "after a Sunday of 25 hours": (
        "2026-10-25T23:30",
        {
            "Today": ["2026-10-25T23:00"],
            "Yesterday": ["2026-10-25T22:59", "2026-10-24T22:00"],
            "Older": ["2026-10-24T21:59"],
        },
    ),
    "after a Sunday of 23 hours": (
        "2026-03-29T22:30",
        {
            "Today": ["2026-03-29T22:00"],
            "Yesterday": ["2026-03-29T21:59", "2026-03-28T23:00"],
            "Older": ["2026-03-28T22:59"],
        },
    ),
}
SHOWN = """days => days.map(day => [day.querySelector("h2").textContent,
    [...day.querySelectorAll(".row__title")].map(title => title.firstChild.textContent)])"""


@pytest.mark.parametrize("night", NIGHTS)
def test_days_end_at_midnight_in_paris(night: str, app: Flask, join: Callable[..., Member]) -> None:
    (now, days), member = NIGHTS[night], join(java_script_enabled=False)
    for moment in (moment for moments in days.values() for moment in moments):
        (one,) = member.had(moment)
        surface(one, utc(moment))
    with time_machine.travel(utc(now), tick=False):
        client = app.test_client()
        sign_in(client, member.user)
        html = client.get("/inbox").text
    page = member.context.new_page()
    page.route("**/inbox", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/inbox")
    assert dict(page.locator(".day").evaluate_all(SHOWN)) == days


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def surface(notification_id: int, moment: dt.datetime) -> None:
    """Let a notification have surfaced at another time."""
    own = sa.update(Notification).where(Notification.id == notification_id)
    with atomic() as session:
        session.execute(own.values(surfaced_at=moment, created_at=moment))
