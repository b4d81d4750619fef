"""The switches of preferences: saved at once, rolled back where that failed, locked where they must be."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.complaints import Complaints
from tests.browser.member import Member


@pytest.fixture
def page(member: Member) -> Page:
    return member.open("/preferences")


def switch(page: Page, kind: str = "Comment", channel: str = "Email") -> Locator:
    return page.get_by_role("switch", name=f"{kind} – {channel}")


def flip(page: Page, kind: str = "Comment", channel: str = "Email") -> None:
    """Flip a switch, and wait until it is saved."""
    with page.expect_response("**/preferences/cell"):
        switch(page, kind, channel).click()


def test_a_switch_survives_a_reload(page: Page) -> None:
    expect(switch(page)).not_to_be_checked()
    flip(page)
    expect(switch(page)).to_be_checked()
    expect(switch(page)).to_be_focused()
    page.reload()
    expect(switch(page)).to_be_checked()
    flip(page)
    page.reload()
    expect(switch(page)).not_to_be_checked()


def test_the_space_bar_flips_a_switch(page: Page) -> None:
    switch(page).focus()
    with page.expect_response("**/preferences/cell"):
        page.keyboard.press("Space")
    page.reload()
    expect(switch(page)).to_be_checked()


def test_what_is_mandatory_is_on_locked_and_says_why(page: Page) -> None:
    locked = switch(page, "Security alert")
    expect(locked).to_be_checked()
    expect(locked).to_be_disabled()
    expect(locked).to_have_accessible_description(re.compile("account", re.IGNORECASE))
    expect(page.locator("label", has=locked)).to_have_attribute("title", re.compile(r"\w+"))
    expect(switch(page, "Security alert", "Push")).to_be_enabled()


@pytest.mark.parametrize("failure", ["aborted", "500"])
def test_a_save_that_fails_is_rolled_back(page: Page, complaints: Complaints, failure: str) -> None:
    complaints.expect("ERR_FAILED", "status of 500", "htmx", "Response Status Error Code 500")

    def fail(route: Route) -> None:
        if failure == "aborted":
            route.abort()
        else:
            route.fulfill(status=500)

    page.route("**/preferences/cell", fail)
    switch(page).click()
    expect(page.locator("[data-toast]")).to_be_visible()
    expect(switch(page)).not_to_be_checked()
    expect(switch(page)).to_be_focused()
    page.unroute("**/preferences/cell")
    flip(page)
    page.reload()
    expect(switch(page)).to_be_checked()


def test_quick_clicks_end_as_the_server_says(page: Page) -> None:
    for _ in range(5):
        switch(page).click()
    expect(switch(page)).to_be_checked()
    expect(page.locator(".htmx-request")).to_have_count(0)
    expect(switch(page)).to_be_checked()
    page.reload()
    expect(switch(page)).to_be_checked()


def test_two_switches_are_saved_each_for_itself(page: Page) -> None:
    switch(page).click()
    switch(page, "Comment", "Push").click()
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.reload()
    expect(switch(page)).to_be_checked()
    expect(switch(page, "Comment", "Push")).to_be_checked()


def test_a_whole_column_leaves_what_is_locked(page: Page) -> None:
    page.get_by_role("button", name="None – Email").click()
    expect(page.locator("[data-toast]")).to_contain_text("cannot be turned off")
    expect(switch(page, "Mention")).not_to_be_checked()
    expect(switch(page, "Security alert")).to_be_checked()
    expect(switch(page, "Mention", "Push")).to_be_checked()
    expect(page.get_by_role("button", name="None – Email")).to_be_focused()
    page.reload()
    expect(switch(page, "Mention")).not_to_be_checked()


def test_a_whole_row_at_once(page: Page) -> None:
    page.locator(".matrix__type", has_text="On one of your projects").first.hover()
    page.get_by_role("button", name="All – Comment").click()
    for channel in ("Inbox", "Email", "Push"):
        expect(switch(page, "Comment", channel)).to_be_checked()


def test_enter_in_a_switch_saves_and_turns_nothing_else_off(page: Page) -> None:
    switch(page, "Mention").focus()
    with page.expect_response("**/preferences"):
        page.keyboard.press("Enter")
    expect(page.locator("[data-toast]")).to_contain_text("Your preferences are saved.")
    expect(switch(page, "Mention")).to_be_checked()


def test_what_is_turned_off_stays_out_of_the_inbox(member: Member, page: Page) -> None:
    flip(page, "Announcement", "Inbox")
    member.platform.notify(member.user, "Not in the inbox")
    member.inbox().open().shows()
