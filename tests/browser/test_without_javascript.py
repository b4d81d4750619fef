"""The essentials with JavaScript switched off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.complaints import Complaints
from tests.browser.inbox import Inbox
from tests.browser.member import Member, NewContext
from tests.browser.test_accessibility import reset_link
from tests.browser.test_inbox import in_a_month
from tests.factories import PASSWORD, make_user


@pytest.fixture
def member(join: Callable[..., Member]) -> Member:
    return join(java_script_enabled=False)


@pytest.fixture
def plain(member: Member, inbox: Inbox) -> Inbox:
    """An inbox of three rows, Three on top."""
    member.had("One", "Two", "Three")
    inbox.page.goto("/inbox")
    return inbox


def test_signing_in_and_out(open_browser: NewContext, db_session: object) -> None:
    user = make_user()
    page = open_browser(java_script_enabled=False).new_page()
    page.goto("/inbox")
    page.get_by_label("Email address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/inbox")
    page.locator(".topbar summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url("/login")


def test_a_forgotten_password_is_chosen_anew(
    open_browser: NewContext, db_session: object, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    user = make_user()
    page = open_browser(java_script_enabled=False).new_page()
    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email address").fill(user.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    page.goto(reset_link(user))
    for password in ("short", "another lantern orbit 43"):
        page.get_by_label("New password").fill(password)
        page.get_by_role("button", name="Save the password").click()
    expect(page.locator("[data-toast]")).to_contain_text("Your password has changed.")
    page.get_by_label("Email address").fill(user.email)
    page.get_by_label("Password", exact=True).fill("another lantern orbit 43")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/inbox")


def test_reading_and_archiving_a_row(plain: Inbox) -> None:
    plain.press("Two", "Mark as read")
    plain.is_read("Two")
    plain.counts(2, all=3)
    plain.press("Two", "Archive")
    plain.shows("Three", "One")
    plain.says("Archived.")
    plain.undo()
    plain.shows("Three", "Two", "One")
    plain.says("Restored.")


def test_deleting_a_row_and_undoing_it(plain: Inbox) -> None:
    plain.press("One", "Delete")
    plain.shows("Three", "Two")
    plain.undo()
    plain.shows("Three", "Two", "One")


def test_a_selection(plain: Inbox) -> None:
    plain.tick("One", "Three")
    plain.press_bulk("Archive")
    plain.shows("Two")
    plain.says("2 archived.")
    plain.tab("archived").click()
    plain.shows("Three", "One")
    plain.press("One", "Move to inbox")
    plain.shows("Three")
    plain.counts(2, all=2, archived=1)


def test_snoozing(plain: Inbox) -> None:
    plain.tick("One")
    plain.page.locator(".bulk summary").click()
    plain.page.get_by_role("button", name="Tomorrow").click()
    plain.shows("Three", "Two")
    plain.counts(2, all=2, snoozed=1)
    plain.tick("Two")
    plain.page.locator(".bulk summary").click()
    plain.page.get_by_label("Another day").fill(in_a_month().isoformat())
    plain.page.get_by_role("button", name="Snooze until that day").click()
    plain.shows("Three")
    plain.titles.first.click()
    plain.page.locator("[data-key=s]").click()
    plain.page.get_by_label("Another day").press("Enter")
    plain.says("Choose a day to come, within a year.")
    plain.page.locator("[data-key=s]").click()
    plain.page.get_by_label("Another day").fill(in_a_month().isoformat())
    plain.page.get_by_label("Another day").press("Enter")
    plain.shows()
    plain.counts(0, snoozed=3)


def test_marking_all(member: Member, plain: Inbox) -> None:
    member.had("Meanwhile")
    plain.mark_all()
    plain.says("3 marked as read.")
    plain.is_unread("Meanwhile")
    plain.counts(1, all=4)


def test_filtering_and_searching(plain: Inbox) -> None:
    plain.page.get_by_role("searchbox").fill("two")
    plain.page.get_by_role("button", name="Filter").click()
    plain.shows("Two")
    plain.page.get_by_role("link", name="Unread").last.click()
    expect(plain.page).to_have_url("/inbox?view=unread&q=two")
    plain.shows("Two")


def test_more_pages(member: Member, inbox: Inbox) -> None:
    member.had(*(f"No. {number:02}" for number in range(30)))
    inbox.page.goto("/inbox")
    inbox.page.get_by_role("link", name="Show 25 more").click()
    expect(inbox.titles).to_have_count(5)
    inbox.page.get_by_role("link", name="Back to the newest").click()
    expect(inbox.titles).to_have_count(25)


def test_one_notification(plain: Inbox) -> None:
    plain.titles.first.click()
    expect(plain.page.get_by_role("heading", name="Three")).to_be_visible()
    plain.page.get_by_role("button", name="Mark as unread").click()
    expect(plain.page).to_have_url("/inbox")
    plain.is_unread("Three")
    plain.page.goto("/inbox?view=unread")
    plain.titles.last.click()
    plain.page.locator(".crumb a").click()
    expect(plain.page).to_have_url("/inbox?view=unread")
    plain.shows("Three", "Two")


def test_changing_preferences_with_the_save_button(member: Member) -> None:
    page = member.open("/preferences")
    page.get_by_role("switch", name="Comment – Email").check()
    page.get_by_role("switch", name="Mention – Push").uncheck()
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("[data-toast]")).to_contain_text("Your preferences are saved.")
    expect(page.get_by_role("switch", name="Comment – Email")).to_be_checked()
    expect(page.get_by_role("switch", name="Mention – Push")).not_to_be_checked()
    expect(page.get_by_role("switch", name="Security alert – Email")).to_be_checked()


def test_choosing_language_and_theme(member: Member) -> None:
    page: Page = member.open("/preferences")
    page.locator(".topbar summary").click()
    page.get_by_role("button", name="Français").click()
    expect(page).to_have_url("/preferences")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.locator(".topbar summary").click()
    page.get_by_role("button", name="Sombre").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_what_needs_a_script_is_not_shown(plain: Inbox) -> None:
    for selector in (".js-only", "[data-pill]"):
        for element in plain.page.locator(selector).all():
            expect(element).to_be_hidden()
