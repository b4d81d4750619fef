"""Triage with the mouse: read, archive, delete, undo, mark all, search, filter, load more, Back."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from hackitech.core.clock import now
from tests.browser.complaints import Complaints
from tests.browser.held import Held
from tests.browser.inbox import Inbox
from tests.browser.member import Member


def test_reading_a_row_changes_it_in_place_and_everything_agrees(member: Member, inbox: Inbox) -> None:
    member.had("One", "Two")
    inbox.open()
    inbox.counts(2, all=2)
    inbox.press("One", "Mark as read")
    inbox.is_read("One")
    inbox.counts(1, all=2)
    inbox.has_focus(inbox.row("One").get_by_role("button", name="Mark as unread"))
    inbox.press("One", "Mark as unread")
    inbox.is_unread("One")
    inbox.counts(2, all=2)


def test_opening_one_reads_it_and_shows_why_it_came(member: Member, inbox: Inbox) -> None:
    (one,) = member.had("The results are in", message="Look at the ranking.", action_url="/hackathons/7")
    inbox.open()
    inbox.titles.first.click()
    page = inbox.page
    expect(page).to_have_url(f"/inbox/{one}")
    expect(page.get_by_role("heading", name="The results are in")).to_be_visible()
    expect(page.get_by_text("Look at the ranking.")).to_be_visible()
    expect(page.get_by_role("link", name="Open")).to_have_attribute("href", "/hackathons/7")
    expect(page.get_by_role("heading", name="Why did I receive this?")).to_be_visible()
    expect(page).to_have_title("The results are in – Notifi")
    page.locator(".crumb a").click()
    inbox.is_read("The results are in")
    inbox.counts(0, all=1)


def test_a_link_from_elsewhere_reads_one_but_not_where_it_is_only_fetched_ahead(
    member: Member, inbox: Inbox
) -> None:
    (one,) = member.had("Alone")
    ahead = inbox.page.request.get(f"/inbox/{one}", headers={"Sec-Purpose": "prefetch;prerender"})
    assert ahead.ok and not member.state(one)["is_read"]
    inbox.page.goto(f"/inbox/{one}")
    assert member.state(one)["is_read"]
    expect(inbox.page).to_have_title("Alone – Notifi")
    inbox.page.get_by_role("button", name="Archive").click()
    expect(inbox.page).to_have_url("/inbox")
    inbox.says("Archived.")
    inbox.undo()
    inbox.shows("Alone")
    inbox.says("Restored.")


@pytest.mark.parametrize(("label", "text"), [("Archive", "Archived."), ("Delete", "Deleted.")])
def test_what_leaves_the_list_comes_back_from_the_toast(
    member: Member, inbox: Inbox, label: str, text: str
) -> None:
    member.had("One", "Two", "Three")
    inbox.open()
    inbox.press("Two", label)
    inbox.shows("Three", "One")
    inbox.says(text)
    inbox.counts(2, all=2)
    inbox.undo()
    inbox.shows("Three", "Two", "One")
    inbox.says("Restored.")
    inbox.counts(3, all=3)
    inbox.toast.get_by_role("button", name="Dismiss").click()
    expect(inbox.toast).to_have_count(0)


def test_focus_goes_to_the_next_row_then_to_the_heading(member: Member, inbox: Inbox) -> None:
    member.had("One", "Two", "Three")
    inbox.open()
    inbox.press("Two", "Archive")
    inbox.has_focus(inbox.row("One").get_by_role("link"))
    inbox.press("One", "Archive")
    inbox.has_focus(inbox.row("Three").get_by_role("link"))
    inbox.press("Three", "Archive")
    inbox.has_focus(inbox.page.get_by_role("heading", name="Inbox"))
    expect(inbox.page.get_by_text("Nothing here yet")).to_be_visible()


def test_a_snoozed_one_waits_in_its_tab(member: Member, inbox: Inbox) -> None:
    member.had("Later", "Now")
    inbox.open()
    inbox.row("Later").hover()
    inbox.row("Later").get_by_label("Snooze").click()
    inbox.page.get_by_role("button", name="Tomorrow").click()
    inbox.shows("Now")
    inbox.says("Snoozed until")
    inbox.counts(1, all=1, snoozed=1)
    inbox.tab("snoozed").click()
    inbox.shows("Later")
    inbox.press("Later", "Move to inbox")
    inbox.counts(2, all=2, snoozed=0)


def test_one_is_snoozed_to_a_day_from_its_row(member: Member, inbox: Inbox) -> None:
    member.had("Later", "Now")
    inbox.open()
    for title in ("Now", "Later"):  # one menu serves all rows
        inbox.page.keyboard.press("Escape")
        inbox.row(title).hover()
        inbox.row(title).get_by_label("Snooze").click()
    menu = inbox.row("Later").locator(".menu__panel")
    day, button = menu.get_by_label("Another day"), menu.get_by_role("button", name="that day")
    day.fill("2020-01-01")
    button.click()
    inbox.says("Choose a day to come, within a year.")
    inbox.shows("Now", "Later")
    day.fill(in_a_month().isoformat())
    button.click()
    inbox.shows("Now")
    inbox.says(f"Snoozed until {in_a_month():%B} {in_a_month().day}, {in_a_month().year}, 9:00")
    inbox.counts(1, all=1, snoozed=1)


def in_a_month() -> dt.date:
    return (now() + dt.timedelta(days=30)).date()


def test_mark_all_leaves_what_arrives_meanwhile_unread(member: Member, inbox: Inbox) -> None:
    member.had("One", "Two")
    inbox.open()
    member.receives("Meanwhile")
    expect(inbox.pill).to_have_text("1 new")
    inbox.mark_all()
    inbox.says("2 marked as read.")
    inbox.shows("Meanwhile", "Two", "One")
    inbox.is_unread("Meanwhile")
    inbox.is_read("Two")
    inbox.counts(1, all=3)
    inbox.undo()
    inbox.counts(3, all=3)


def test_mark_all_under_a_filter_leaves_other_types(member: Member, inbox: Inbox) -> None:
    member.had("An announcement", days_ago=1)
    member.had("A badge", "Another badge", notification_type="badge_earned")
    inbox.open("?type=badge_earned")
    inbox.mark_all()
    inbox.says("2 marked as read.")
    expect(inbox.badge).to_have_text("1")
    inbox.page.get_by_label("Type", exact=True).select_option("")
    inbox.shows("Another badge", "A badge", "An announcement")
    inbox.is_unread("An announcement")


def test_a_selection_is_archived_at_once_and_undo_spares_what_changed_since(
    member: Member, inbox: Inbox
) -> None:
    _one, two, _three = member.had("One", "Two", "Three")
    inbox.open()
    inbox.tick("One", "Two")
    expect(inbox.page.get_by_text("2 selected")).to_be_visible()
    inbox.press_bulk("Archive")
    inbox.shows("Three")
    inbox.says("2 archived.")
    member.elsewhere("POST", f"notifications/{two}/mark_as_read/")
    inbox.counts(1, all=1, archived=2)
    inbox.undo()
    inbox.shows("Three", "One")
    inbox.counts(2, all=2, archived=1)
    assert member.state(two)["archived_at"]


def test_one_box_selects_all_rows(member: Member, inbox: Inbox) -> None:
    member.had("One", "Two", "Three")
    inbox.open()
    everything = inbox.page.get_by_label("Select all").first
    everything.check()
    expect(inbox.page.get_by_text("3 selected")).to_be_visible()
    inbox.row("Two").get_by_role("checkbox").uncheck()
    expect(inbox.page.get_by_text("2 selected")).to_be_visible()
    expect(everything).not_to_be_checked()
    inbox.press_bulk("Mark read")
    inbox.counts(1, all=3)
    inbox.is_unread("Two")


def test_search_ignores_accents_and_case(member: Member, inbox: Inbox) -> None:
    member.had("Hébergement prolongé", "Something else")
    inbox.open()
    inbox.search("hebergement PROL")
    inbox.shows("Hébergement prolongé")
    expect(inbox.page).to_have_url("/inbox?q=hebergement%20PROL")
    expect(inbox.page.locator("#announce")).to_have_text("1 notification shown.")
    inbox.has_focus(inbox.page.get_by_role("searchbox"))
    inbox.counts(2, all=2)


def test_a_search_that_finds_nothing_offers_a_way_back(member: Member, inbox: Inbox) -> None:
    member.had("One")
    inbox.open()
    inbox.search("zebra")
    expect(inbox.page.get_by_text("Nothing matches this filter")).to_be_visible()
    inbox.page.get_by_role("link", name="Clear the filter").click()
    inbox.shows("One")
    expect(inbox.page.get_by_role("searchbox")).to_have_value("")


def test_the_type_filter_narrows_list_and_tabs(member: Member, inbox: Inbox) -> None:
    member.had("An announcement")
    member.had("A badge", notification_type="badge_earned")
    inbox.open()
    inbox.page.get_by_label("Type", exact=True).select_option("badge_earned")
    inbox.shows("A badge")
    expect(inbox.page.locator("#tab-all .tabs__count")).to_have_text("1")
    expect(inbox.badge).to_have_text("2")
    inbox.tab("archived").click()
    expect(inbox.page).to_have_url("/inbox?view=archived&type=badge_earned")


def test_a_tab_leads_where_it_says_whatever_arrives_meanwhile(member: Member, inbox: Inbox) -> None:
    member.had("One")
    page = inbox.open().page
    held = Held(page, "**/inbox?view=archived")
    inbox.tab("archived").click()
    held.wait_for_one()
    member.receives("Two")
    expect(inbox.tab("all").locator(".tabs__count")).to_have_text("2")
    held.let_go()
    expect(page).to_have_url("/inbox?view=archived")
    expect(inbox.tab("archived")).to_have_attribute("aria-current", "page")


def test_more_are_shown_without_doubles(member: Member, inbox: Inbox) -> None:
    member.had(*(f"No. {number:02}" for number in range(110)))
    inbox.open()
    expect(inbox.titles).to_have_count(25)
    more = inbox.page.get_by_role("link", name="Show 25 more")
    for loaded in (50, 75):
        more.scroll_into_view_if_needed()
        expect(inbox.titles).to_have_count(loaded)
    more.scroll_into_view_if_needed()
    member.receives("Meanwhile")
    expect(inbox.pill).to_have_text("1 new")
    expect(inbox.titles).to_have_count(75)
    more.click()
    expect(inbox.titles).to_have_count(100)
    more.click()
    expect(inbox.titles).to_have_count(110)
    expect(more).to_have_count(0)
    assert len(set(inbox.ids())) == 110
    expect(inbox.page.locator(".day__name")).to_have_count(1)


def test_back_restores_the_whole_page(member: Member, inbox: Inbox) -> None:
    member.had("Apple", "Banana")
    inbox.open()
    inbox.search("apple")
    inbox.shows("Apple")
    inbox.tab("unread").click()
    expect(inbox.page).to_have_url("/inbox?view=unread&q=apple")
    inbox.titles.first.click()
    expect(inbox.page.get_by_role("heading", name="Apple")).to_be_visible()
    inbox.page.go_back()
    expect(inbox.page).to_have_url("/inbox?view=unread&q=apple")
    expect(inbox.page.get_by_text("Nothing matches this filter")).to_be_visible()
    inbox.page.go_back()
    expect(inbox.page).to_have_url("/inbox?q=apple")
    inbox.shows("Apple")
    expect(inbox.page.get_by_role("searchbox")).to_have_value("apple")
    inbox.page.go_back()
    expect(inbox.page).to_have_url("/inbox")
    inbox.shows("Banana", "Apple")
    expect(inbox.page.locator("header.topbar")).to_have_count(1)
    inbox.counts(1, all=2)
    inbox.press("Banana", "Archive")
    inbox.shows("Apple")


def test_a_list_that_cannot_be_loaded_says_so_and_can_be_retried(
    member: Member, inbox: Inbox, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED", "htmx")
    member.had("One")
    inbox.open()
    inbox.page.route("**/inbox?*", lambda route: route.abort())
    inbox.search("one")
    expect(inbox.page.get_by_text("The list could not be loaded.")).to_be_visible()
    inbox.page.unroute("**/inbox?*")
    inbox.page.get_by_role("button", name="Try again").click()
    expect(inbox.page.get_by_text("The list could not be loaded.")).to_be_hidden()
    inbox.shows("One")


def test_a_failed_action_says_so_and_changes_nothing(
    member: Member, inbox: Inbox, complaints: Complaints
) -> None:
    complaints.expect("status of 500", "Response Status Error Code 500")
    member.had("One")
    inbox.open()
    inbox.page.route("**/archive", lambda route: route.fulfill(status=500))
    inbox.press("One", "Archive")
    inbox.says("That did not work.")
    inbox.shows("One")
    inbox.counts(1, all=1)
