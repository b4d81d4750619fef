"""The link in an email: looking changes nothing, the buttons do as they say, with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from hackitech.core.signing import unsubscribe_token
from tests.browser.member import Member, NewContext


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, open_browser: NewContext) -> Page:
    """A browser in which nobody is signed in."""
    return open_browser(java_script_enabled=request.param).new_page()


def emails(member: Member) -> set[str]:
    """Return the types that a member hears of by email."""
    cells = member.elsewhere("GET", "preferences/my_preferences/")["results"]
    return {one["notification_type"] for one in cells if one["channel"] == "email" and one["enabled"]}


def test_looking_changes_nothing_and_pressing_twice_is_pressing_once(member: Member, page: Page) -> None:
    before = emails(member)
    page.goto(f"/u/{unsubscribe_token(member.user.id, 'mention')}")
    page.reload()
    assert emails(member) == before
    page.get_by_role("button", name="No more emails about “Mention”").click()
    for _ in range(2):
        expect(page.locator("main")).to_contain_text("We will not write to you about “Mention” any more.")
        assert emails(member) == before - {"mention"}
        page.reload()  # sends the form again
    page.get_by_role("button", name="Subscribe again").click()
    expect(page.locator("main")).to_contain_text("We will write to you about “Mention”.")
    assert emails(member) == before
    page.get_by_role("button", name="No more optional emails at all").click()
    expect(page.locator("main")).to_contain_text("You will receive no more optional emails.")
    assert emails(member) == {"account_security_alert", "password_reset"}
