"""axe finds nothing: on any page, in any state, in either theme and language."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template
from playwright.sync_api import Page, expect

from hackitech.accounts import signin
from hackitech.core.database import db
from hackitech.core.signing import sign_link, unsubscribe_token
from hackitech.models.event import Event
from hackitech.models.user import User
from tests.browser.complaints import Complaints
from tests.browser.member import Member, NewContext

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RUN = """async (within) => (await axe.run(within ?? document, { resultTypes: ["violations"] })).violations
    .flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target} ${node.failureSummary}`))"""
LOOKS = [("light", "fr"), ("dark", "en")]
"""Both themes and both languages: colours do not depend on words, nor words on colours."""
THIN = """() => document.querySelectorAll(".doc__operation ~ .doc__operation").forEach(one => one.remove())"""
"""Leaves of the API's hundred operations the first of each group, as the others are written alike."""
ASKED = {"name": "password", "back": "/inbox"}
WRONG = {"": "Wrong.", "password": "Wrong."}
SELDOM: list[tuple[str, dict[str, Any]]] = [
    ("errors/error.html", {"status": 401}),
    ("errors/error.html", {"status": 403}),
    ("errors/error.html", {"status": 503, "retry_after": 30}),
    (
        "accounts/confirm_password.html",
        {**ASKED, "kept": [("to", "7")], "has_password": True, "errors": WRONG},
    ),
    ("accounts/confirm_password.html", {**ASKED, "kept": [], "has_password": False, "errors": {}}),
    ("accounts/reset_request.html", {"form": {}, "errors": {}, "sent": True}),
    ("accounts/reset_confirm.html", {"reset_id": 1, "token": "x", "email": "a@example.org", "errors": WRONG}),
]
"""Pages that take much to be seen."""


@cache
def axe() -> str:
    return AXE.read_text()


def check(page: Page, what: str, within: str | None = None) -> None:
    """Let axe look at the page as it is now, or at the part of it that changed since the last time."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    found = page.evaluate(RUN, within)
    assert found == [], f"{what}: " + "\n".join(found)


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_axe_finds_nothing_on_a_strangers_pages(
    theme: str,
    locale: str,
    open_browser: NewContext,
    db_session: object,
    complaints: Complaints,
    member: Member,
) -> None:
    complaints.expect("status of 404", "status of 422")
    context = open_browser(color_scheme=theme, locale=locale)
    page = context.new_page()
    for path in ("/login", "/reset", "/api/docs", "/reset/1?signature=x", "/u/x", reset_link(member.user)):
        page.goto(path)
        page.evaluate(THIN)
        check(page, path)
    for kind in ("comment", "account_security_alert"):
        page.goto(f"/u/{unsubscribe_token(member.user.id, kind)}")
        check(page, f"unsubscribe {kind}")
    page.goto("/login")
    page.get_by_role("textbox").first.fill("nobody@example.org")
    page.get_by_role("textbox").first.press("Enter")
    page.get_by_role("alert").wait_for()
    check(page, "login with an error")


def reset_link(user: User) -> str:
    signin.request_password_reset(user.email, "127.0.0.1")
    event = db.session.query(Event).order_by(Event.id.desc()).first()
    assert event is not None
    return sign_link(str(event.action_url), user.id)


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_axe_finds_nothing_on_pages_that_are_seldom_seen(
    theme: str, locale: str, app: Flask, open_browser: NewContext
) -> None:
    page = open_browser(color_scheme=theme, locale=locale).new_page()
    with app.test_request_context(headers={"Accept-Language": locale}):
        shown = [render_template(template, **context) for template, context in SELDOM]
    page.route("**/seldom", lambda route: route.fulfill(body=shown.pop(), content_type="text/html"))
    for template, context in reversed(SELDOM):
        page.goto("/seldom")
        expect(page.locator("html")).to_have_attribute("lang", locale)
        check(page, f"{template}, {context}")


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_axe_finds_nothing_on_a_members_pages(
    theme: str, locale: str, join: Callable[..., Member], complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    member = join(locale=locale, color_scheme=theme)
    page = member.open("/inbox")
    check(page, "empty inbox")
    ids = fill(member)
    paths = ["/inbox", "/inbox?view=archived", "/inbox?view=snoozed", "/inbox?q=zebra", "/inbox?type=comment"]
    paths += ["/inbox/missing", "/inbox?group=rust"]
    for path in (*paths, f"/inbox/{ids[0]}", "/inbox/missing?channel=push", "/preferences", "/nowhere"):
        page.goto(path)
        check(page, path)


def fill(member: Member) -> list[int]:
    """Have notifications of every look: urgent, long, linked, unread and read, on several days."""
    older = member.had(*(f"No. {number}" for number in range(27)), days_ago=8)
    linked = member.had("With a link", action_url="https://example.org/", priority="high", days_ago=1)
    urgent = member.had("Urgent " + "long " * 30, priority="urgent", notification_type="room_change")
    member.had("A comment", "Another comment", group_key="rust")
    member.elsewhere("POST", f"notifications/{linked[0]}/mark_as_read/")
    member.elsewhere("POST", f"notifications/{older[0]}/archive/")
    return urgent + linked + older


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(theme: str, join: Callable[..., Member]) -> None:
    member = join(color_scheme=theme)
    member.had("One", "Two", "Three")
    inbox = member.inbox().open()
    inbox.tick("One")
    inbox.press("Two", "Archive")
    inbox.says("Archived.")
    member.receives()
    inbox.pill.wait_for()
    check(inbox.page, "selection, toast and pill")
    inbox.page.locator(".bulk summary").click()
    check(inbox.page, "menu of times")
    inbox.page.locator(".topbar summary").click()
    check(inbox.page, "account menu")
    inbox.page.keyboard.press("Escape")
    inbox.page.keyboard.press("?")
    inbox.page.get_by_role("dialog").wait_for()
    check(inbox.page, "keyboard help")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_preferences_in_use(
    theme: str, join: Callable[..., Member], complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    member = join(color_scheme=theme, reduced_motion="reduce")  # colours are judged at rest
    page = member.open("/preferences")
    page.get_by_role("button", name="At night").click()
    page.get_by_role("button", name="At other times").click()
    page.locator(".compare, #preview-said:not(:empty)").first.wait_for()
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("alert").wait_for()
    check(page, "quiet hours with an error", "#settings")
    page.get_by_role("button", name="Remove quiet hours, 2").click()
    page.locator(".compare").wait_for()
    check(page, "quiet hours", "#settings")
    check(page, "preview", "#preview")
    page.locator("#pause summary").click()
    check(page, "menu of pauses", "#pause")
    page.get_by_role("button", name="Until tomorrow").click()
    page.locator(".paused").wait_for()
    check(page, "paused", ".preferences__head")
