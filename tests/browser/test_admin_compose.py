"""Composing a message in a real browser: seen while it is written, sent once, followed to its end."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from hackitech.core.database import db
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.notifications.schedule_service import advance_due_event
from tests.browser.member import Member, NewContext, Platform
from tests.factories import make_user
from tests.faults.kills import make_members

WORDS = {
    "Title, in French": "Salle B12",
    "Title, in English": "Room B12",
    "Message, in French": "La finale est en B12.",
    "Message, in English": "The final is in B12.",
}


@pytest.fixture
def join_staff(platform: Platform, open_browser: NewContext) -> Callable[..., Member]:
    """Sign somebody who administers in, in a browser of their own with these options."""

    def make_one(role: str = "admin", **options: object) -> Member:
        return Member(platform, open_browser(**options), make_user(role, name="Ana", locale="en"))

    return make_one


def begin(staff: Member) -> Page:
    page = staff.open("/admin/messages/")
    page.get_by_role("button", name="Compose a message").click()
    expect(page.get_by_role("heading", name="Compose a message")).to_be_visible()
    return page


def write(page: Page) -> None:
    for label, text in WORDS.items():
        page.get_by_label(label).fill(text)


def confirm(page: Page, total: int) -> None:
    page.get_by_label("To confirm, type the number of recipients").fill(str(total))


def members() -> int:
    """Return how many there are: the platform's own account, too."""
    return db.session.scalar(sa.text('SELECT count(*) FROM "user"')) or 0


def count(what: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(what)) or 0


def test_a_message_is_seen_while_it_is_written_sent_and_followed_to_its_end(
    app: Flask, join_staff: Callable[..., Member]
) -> None:
    make_members(1001)  # more than are written within the request
    page = begin(join_staff())
    write(page)
    look = page.locator("#look-en")
    expect(look.locator(".look__head")).to_have_text("Room B12")
    expect(look.locator(".look__push")).to_contain_text("The final is in B12.")
    expect(page.frame_locator("[data-framed=look-en]").get_by_role("heading")).to_have_text("Room B12")
    expect(page.locator("#look-fr")).to_be_hidden()
    page.locator(".previews__language", has_text="Français").click()
    expect(page.locator("#look-fr .look__head")).to_have_text("Salle B12")
    expect(page.frame_locator("[data-framed=look-fr]").get_by_role("heading")).to_have_text("Salle B12")
    page.get_by_role("link", name="Recipients").click()
    page.get_by_label("Everybody", exact=True).check()
    total = members()
    expect(page.locator(".reach__total")).to_contain_text(f"{total:,}")
    page.get_by_role("button", name="Go on to the check").click()
    confirm(page, total)
    page.get_by_role("button", name=f"Send to {total:,} recipients").click()
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("value", "1000")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    while advance_due_event():
        pass
    expect(bar).to_have_attribute("value", str(total))
    expect(page.locator("#progress")).to_contain_text("Sent")
    expect(page.locator("#progress[hx-get]")).to_have_count(0)
    expect(page.locator("#announce")).to_contain_text("Sent")
    assert count(Notification) == total


def test_without_javascript_the_same_steps_lead_to_the_same_end(join_staff: Callable[..., Member]) -> None:
    page = begin(join_staff(java_script_enabled=False))
    write(page)
    page.get_by_role("button", name="Save and preview").click()
    expect(page.locator("#look-en .look__head")).to_have_text("Room B12")
    page.locator(".previews__language", has_text="Français").click()
    expect(page.locator("#look-fr .look__head")).to_have_text("Salle B12")
    page.get_by_role("button", name="Go on to the recipients").click()
    expect(page.get_by_label("Addresses or numbers, one per line")).to_be_hidden()
    page.get_by_label("People", exact=True).check()
    page.get_by_label("Addresses or numbers, one per line").fill("nobody@example.org")
    page.get_by_role("button", name="Save and count").click()
    expect(page.locator("#reach")).to_contain_text("Write the addresses or numbers of members")
    page.get_by_label("Everybody", exact=True).check()
    page.get_by_role("button", name="Go on to the check").click()
    confirm(page, members())
    page.get_by_role("button", name=re.compile("^Send to")).click()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", str(members()))
    assert count(Notification) == members()


def test_a_double_click_sends_once(join_staff: Callable[..., Member]) -> None:
    page = begin(join_staff())
    write(page)
    page.get_by_role("button", name="Go on to the recipients").click()
    page.get_by_label("Everybody", exact=True).check()
    page.get_by_role("button", name="Go on to the check").click()
    confirm(page, members())
    page.get_by_role("button", name=re.compile("^Send to")).dblclick()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert count(Event) == 1
    assert count(Notification) == members()
