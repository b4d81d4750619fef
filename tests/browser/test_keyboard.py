"""Shortcuts: by the letter that a key writes, silent in fields, off where one wants them off."""

import pytest
from playwright.sync_api import expect

from tests.browser.inbox import Inbox
from tests.browser.member import Member


@pytest.fixture
def three(member: Member, inbox: Inbox) -> Inbox:
    """An inbox of three rows, Three on top."""
    member.had("One", "Two", "Three")
    return inbox.open()


def link(inbox: Inbox, title: str) -> None:
    inbox.has_focus(inbox.row(title).get_by_role("link"))


def test_j_and_k_move(three: Inbox) -> None:
    for key, title in (("j", "Three"), ("j", "Two"), ("j", "One"), ("j", "One"), ("k", "Two")):
        three.page.keyboard.press(key)
        link(three, title)


def test_x_selects_and_the_bar_acts_on_the_selection(three: Inbox) -> None:
    for key in ("j", "x", "j", "x"):
        three.page.keyboard.press(key)
    expect(three.page.get_by_text("2 selected")).to_be_visible()
    three.page.keyboard.press("x")
    expect(three.page.get_by_text("1 selected")).to_be_visible()
    expect(three.row("Three").get_by_role("checkbox")).to_be_checked()


def test_enter_opens(three: Inbox) -> None:
    three.page.keyboard.press("j")
    three.page.keyboard.press("Enter")
    expect(three.page.get_by_role("heading", name="Three")).to_be_visible()


def test_u_reads_and_unreads(three: Inbox) -> None:
    three.page.keyboard.press("j")
    three.page.keyboard.press("u")
    three.is_read("Three")
    three.page.keyboard.press("u")
    three.is_unread("Three")


def test_e_archives_goes_on_with_the_next_and_z_undoes(three: Inbox) -> None:
    three.page.keyboard.press("j")
    three.page.keyboard.press("e")
    three.shows("Two", "One")
    link(three, "Two")
    three.page.keyboard.press("e")
    three.shows("One")
    three.says("Archived.")
    three.page.keyboard.press("z")
    three.shows("Two", "One")


def test_s_opens_the_menu_of_times_and_escape_closes_it(three: Inbox) -> None:
    three.page.keyboard.press("j")
    three.page.keyboard.press("s")
    three.has_focus(three.page.get_by_role("button", name="In one hour"))
    three.page.keyboard.press("Escape")
    expect(three.page.get_by_role("button", name="In one hour")).to_be_hidden()
    three.has_focus(three.row("Three").locator("summary"))


def test_slash_searches_and_letters_then_stay_letters(three: Inbox) -> None:
    three.page.keyboard.press("j")
    three.page.keyboard.press("/")
    search = three.page.get_by_role("searchbox")
    expect(search).to_be_focused()
    three.page.keyboard.type("euxz?")
    expect(search).to_have_value("euxz?")
    expect(three.page.get_by_text("Nothing matches this filter")).to_be_visible()
    three.counts(3, all=3)


def test_keys_with_modifiers_are_left_to_the_browser(three: Inbox) -> None:
    three.page.keyboard.press("j")
    for combination in ("Control+e", "Alt+u", "Meta+x"):
        three.page.keyboard.press(combination)
    three.page.keyboard.press("u")
    three.is_read("Three")
    three.shows("Three", "Two", "One")
    expect(three.row("Three").get_by_role("checkbox")).not_to_be_checked()


def test_on_azerty_the_letters_count_and_not_the_places_of_keys(three: Inbox) -> None:
    press = "([key, code]) => document.body.dispatchEvent(new KeyboardEvent('keydown', \
        { key, code, shiftKey: true, bubbles: true, cancelable: true }))"
    three.page.evaluate(press, ["/", "Period"])
    expect(three.page.get_by_role("searchbox")).to_be_focused()
    three.page.evaluate(press, ["?", "KeyM"])
    expect(three.page.get_by_role("dialog")).to_be_visible()


def test_the_help_lists_the_keys_and_switches_them_off(three: Inbox) -> None:
    three.page.keyboard.press("?")
    help_ = three.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_).to_contain_text("Next, previous")
    help_.get_by_label("Shortcuts are on in this browser").uncheck()
    three.page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    three.page.keyboard.press("j")
    expect(three.titles.first).not_to_be_focused()
    three.open()
    three.page.keyboard.press("j")
    expect(three.titles.first).not_to_be_focused()
    three.page.get_by_role("button", name="Keyboard shortcuts").click()
    help_.get_by_label("Shortcuts are on in this browser").check()
    three.page.keyboard.press("Escape")
    three.page.keyboard.press("j")
    link(three, "Three")


def test_the_page_of_one_notification_has_them_too(three: Inbox) -> None:
    three.page.keyboard.press("j")
    three.page.keyboard.press("Enter")
    three.page.get_by_role("button", name="Mark as unread").wait_for()
    three.page.keyboard.press("e")
    expect(three.page).to_have_url("/inbox")
    three.says("Archived.")
    three.shows("Two", "One")


def test_everything_can_be_reached_with_tab(three: Inbox) -> None:
    three.page.keyboard.press("Tab")
    expect(three.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    three.page.keyboard.press("Enter")
    expect(three.page.locator("main")).to_be_focused()
    reached = []
    for _ in range(14):
        three.page.keyboard.press("Tab")
        reached.append(three.page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"tab-all", "type", "q", "select-all", three.titles.first.get_attribute("id")} <= set(reached)
