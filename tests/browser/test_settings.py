"""How often, quiet hours, limit, pause and preview: in place, and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.complaints import Complaints
from tests.browser.held import Held
from tests.browser.member import Member
from tests.browser.test_preferences import switch
from tests.preferences.ledger import sent_back_then

SETTINGS = "preferences/settings/"
NIGHT = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "22:00", "end": "07:00"}


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def anyone(request: pytest.FixtureRequest, join: Callable[..., Member]) -> Member:
    """A member with JavaScript, and one without."""
    return join(java_script_enabled=request.param)


def stored(member: Member) -> dict[str, Any]:
    answer: dict[str, Any] = member.elsewhere("GET", SETTINGS)
    return answer


def often(page: Page, kind: str = "Mention") -> Locator:
    return page.get_by_role("combobox", name=f"{kind} – How often by Email")


def said(page: Page) -> Locator:
    return page.locator("#preview-said")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("[data-toast]")).to_contain_text("Your preferences are saved.")


def test_how_often_saves_itself_and_survives_a_reload(member: Member) -> None:
    page = member.open("/preferences")
    often(page).focus()
    with page.expect_response("**/preferences/cell"):
        often(page).select_option("Daily")
    expect(often(page)).to_be_focused()
    page.reload()
    expect(often(page)).to_have_value("daily")


def test_how_often_is_rolled_back_where_saving_fails(member: Member, complaints: Complaints) -> None:
    complaints.expect("status of 500", "Response Status Error Code 500")
    page = member.open("/preferences")
    fail: Callable[[Route], None] = lambda route: route.fulfill(status=500)  # noqa: E731
    page.route("**/preferences/cell", fail)
    often(page).select_option("Weekly")
    expect(page.locator("[data-toast]")).to_be_visible()
    expect(often(page)).to_have_value("direct")


def test_a_switch_and_how_often_changed_at_once_are_both_saved(member: Member) -> None:
    page = member.open("/preferences")
    often(page).select_option("Hourly")
    switch(page, "Mention").click()
    switch(page, "Mention").click()
    often(page).select_option("Weekly")
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.reload()
    expect(often(page)).to_have_value("weekly")
    expect(switch(page, "Mention")).to_be_checked()


CHANGE_WHAT_COMES = """() => new MutationObserver((_, observer) => {
    observer.disconnect();
    const often = document.getElementById("mention-email-often");
    often.value = "weekly";
    often.dispatchEvent(new Event("change", { bubbles: true }));
}).observe(document.getElementById("cell-mention-email").parentNode, { childList: true })"""
"""Changes the cell anew at the moment when an answer has replaced it."""


def test_a_cell_that_was_just_replaced_takes_a_change_at_once(member: Member) -> None:
    page = member.open("/preferences")
    page.evaluate(CHANGE_WHAT_COMES)
    with page.expect_response(lambda answer: "weekly" in (answer.request.post_data or "")):
        often(page).select_option("Hourly")
    page.reload()
    expect(often(page)).to_have_value("weekly")


def test_what_is_off_or_mandatory_is_not_asked_how_often(member: Member) -> None:
    page = member.open("/preferences")
    expect(often(page, "Comment")).to_be_hidden()
    switch(page, "Comment").click()
    expect(often(page, "Comment")).to_be_visible()
    expect(often(page, "Security alert")).to_have_count(0)


def test_how_often_is_saved_without_scripts(join: Callable[..., Member]) -> None:
    page = join(java_script_enabled=False).open("/preferences")
    often(page).select_option("Daily")
    save(page)
    expect(often(page)).to_have_value("daily")


def test_quiet_hours_are_added_changed_and_removed(anyone: Member) -> None:
    page = anyone.open("/preferences")
    page.get_by_role("button", name="At night").click()
    first = page.get_by_role("group", name="Quiet hours, 1")
    expect(first.get_by_label("From")).to_have_value("22:00")
    expect(first.get_by_label("Mon")).to_be_checked()
    assert stored(anyone)["quiet_hours"] == []
    save(page)
    assert stored(anyone)["quiet_hours"] == [NIGHT]
    first.get_by_label("Sun").uncheck()
    first.get_by_label("to", exact=True).fill("08:30")
    page.get_by_role("button", name="On weekend days").click()
    expect(page.get_by_role("group", name="Quiet hours, 2").get_by_label("Mon")).not_to_be_checked()
    save(page)
    assert [(q["end"], len(q["days"])) for q in stored(anyone)["quiet_hours"]] == [("08:30", 6), ("22:00", 2)]
    page.get_by_role("button", name="Remove quiet hours, 1").click()
    expect(page.get_by_role("group", name="Quiet hours, 2")).to_have_count(0)
    save(page)
    assert [q["end"] for q in stored(anyone)["quiet_hours"]] == ["22:00"]


def test_what_is_wrong_is_said_and_leads_to_its_field(anyone: Member, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    page = anyone.open("/preferences")
    page.get_by_role("button", name="At other times").click()
    expect(page.get_by_role("group", name="Quiet hours, 1")).to_be_visible()
    page.get_by_label("Emails a day at the most").fill("1001")
    page.get_by_role("button", name="Save").last.click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Say when quiet hours begin and end")
    summary.get_by_role("link", name="The limit of emails").click()
    expect(page.get_by_label("Emails a day at the most")).to_be_focused()
    expect(page.get_by_label("Emails a day at the most")).to_have_value("1001")
    assert (stored(anyone)["quiet_hours"], stored(anyone)["daily_email_limit"]) == ([], None)


def test_what_is_typed_while_quiet_hours_are_added_stays(member: Member) -> None:
    page = member.open("/preferences")
    held = Held(page, "**/preferences/draft")
    page.get_by_role("button", name="At night").click()
    held.wait_for_one()
    page.get_by_label("Emails a day at the most").fill("7")
    held.let_go()
    expect(page.get_by_role("group", name="Quiet hours, 1")).to_be_visible()
    expect(page.get_by_label("Emails a day at the most")).to_have_value("7")


def test_the_daily_limit_is_saved(member: Member) -> None:
    page = member.open("/preferences")
    page.get_by_label("Emails a day at the most").fill("5")
    save(page)
    assert stored(member)["daily_email_limit"] == 5
    page.get_by_label("Emails a day at the most").fill("")
    save(page)
    assert stored(member)["daily_email_limit"] is None


def test_a_pause_begins_from_the_menu_and_ends_in_its_banner(anyone: Member) -> None:
    page = anyone.open("/preferences")
    page.locator("#pause summary").click()
    page.get_by_role("button", name="Until tomorrow").click()
    expect(page.locator("#paused")).to_contain_text("Paused until")
    assert stored(anyone)["paused_until"]
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#paused")).to_be_empty()
    expect(page.locator("#pause summary")).to_be_visible()
    assert stored(anyone)["paused_until"] is None


def test_a_pause_until_a_day_that_is_over_is_refused(anyone: Member, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    page = anyone.open("/preferences")
    page.locator("#pause summary").click()
    page.get_by_label("Until a day").fill("2020-01-01")
    page.get_by_role("button", name="Pause until that day").click()
    expect(page.locator("[data-toast]")).to_contain_text("Choose a day to come")
    assert stored(anyone)["paused_until"] is None


def sent_mentions(member: Member, number: int) -> None:
    """Have been sent that many emails three days ago."""
    for _ in range(number):
        sent_back_then(member.user.id, 3)


def test_the_preview_follows_what_is_changed_before_it_is_saved(member: Member) -> None:
    sent_mentions(member, 4)
    page = member.open("/preferences")
    expect(said(page)).to_be_empty()
    page.get_by_label("Emails a day at the most").fill("1")
    page.get_by_label("Emails a day at the most").press("Tab")
    expect(said(page)).to_contain_text("would have been 2 emails and 0 pushes, instead of 4 and 0.")
    expect(said(page)).to_contain_text("Not saved yet")
    assert stored(member)["daily_email_limit"] is None
    save(page)
    expect(said(page)).not_to_contain_text("Not saved yet")
    switch(page, "Mention").click()
    expect(said(page)).to_contain_text("would have been 0 emails")


def test_the_preview_is_a_button_without_scripts(join: Callable[..., Member]) -> None:
    member = join(java_script_enabled=False)
    sent_mentions(member, 4)
    page = member.open("/preferences")
    switch(page, "Mention").uncheck()
    page.get_by_role("button", name="Preview").click()
    expect(said(page)).to_contain_text("would have been 0 emails and 0 pushes, instead of 4 and 0.")
    expect(page.get_by_role("row", name="Email 4 0")).to_be_visible()
    expect(said(page)).to_be_in_viewport()
    expect(switch(page, "Mention")).not_to_be_checked()
    page.goto("/preferences")
    expect(switch(page, "Mention")).to_be_checked()
