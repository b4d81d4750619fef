"""What happens elsewhere shows on the open page, in every tab, whatever the network does."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.complaints import Complaints
from tests.browser.inbox import Inbox
from tests.browser.member import Member
from tests.web_process import WebProcess

SOON = 2_000  # milliseconds


def test_a_created_notification_appears_without_a_reload(member: Member, inbox: Inbox) -> None:
    member.had("Old news")
    inbox.open()
    inbox.page.evaluate("window.still = true")
    member.receives("Fresh news")
    expect(inbox.pill).to_have_text("1 new")
    inbox.shows("Old news")
    inbox.counts(2, all=2)
    member.receives("Fresher news")
    expect(inbox.pill).to_have_text("2 new")
    inbox.counts(3, all=3)
    inbox.pill.click()
    inbox.shows("Fresher news", "Fresh news", "Old news")
    expect(inbox.pill).to_be_hidden()
    inbox.has_focus(inbox.titles.first)
    assert inbox.page.evaluate("window.still")


def test_an_empty_inbox_fills_by_itself(member: Member, inbox: Inbox) -> None:
    inbox.open()
    expect(inbox.page.get_by_text("Nothing here yet")).to_be_visible()
    member.receives("The first one")
    inbox.shows("The first one")
    expect(inbox.pill).to_be_hidden()
    inbox.counts(1, all=1)


def test_under_a_filter_only_what_belongs_there_is_announced(member: Member, inbox: Inbox) -> None:
    member.had("A badge", notification_type="badge_earned")
    inbox.open("?type=badge_earned")
    member.receives("An announcement")
    inbox.counts(2, all=1, unread=1)
    expect(inbox.pill).to_be_hidden()
    member.receives("Another badge", notification_type="badge_earned")
    expect(inbox.pill).to_have_text("1 new")


def test_what_is_read_archived_or_deleted_elsewhere_follows(member: Member, inbox: Inbox) -> None:
    read, archived, deleted, _kept = member.had("Read", "Archived", "Deleted", "Kept")
    inbox.open()
    member.elsewhere("POST", f"notifications/{read}/mark_as_read/")
    inbox.is_read("Read")
    inbox.counts(3, all=4)
    member.elsewhere("POST", f"notifications/{archived}/archive/")
    inbox.shows("Kept", "Deleted", "Read")
    member.elsewhere("DELETE", f"notifications/{deleted}/")
    inbox.shows("Kept", "Read")
    inbox.counts(1, all=2, archived=1)


def test_marking_all_elsewhere_follows(member: Member, inbox: Inbox) -> None:
    member.had("One", "Two")
    inbox.open()
    member.elsewhere("POST", "notifications/mark_all_as_read/")
    inbox.counts(0)
    inbox.is_read("One")
    inbox.is_read("Two")


def test_the_badge_of_any_page_is_live(member: Member) -> None:
    page = member.open("/preferences")
    expect(page).to_have_title("Preferences – Notifi")
    member.receives()
    expect(page).to_have_title("(1) Preferences – Notifi")
    expect(page.locator("[data-badge-number]")).to_have_text("1")


def test_two_tabs_keep_in_step(member: Member) -> None:
    member.had("One", "Two")
    first, second = member.inbox().open(), member.inbox().open()
    first.press("One", "Mark as read")
    expect(second.badge).to_have_text("1", timeout=SOON)
    second.is_read("One")
    second.press("Two", "Archive")
    expect(first.row("Two")).to_have_count(0, timeout=SOON)
    first.counts(0, all=1, archived=1)
    second.counts(0, all=1, archived=1)


def test_eight_tabs_keep_in_step_on_one_socket(member: Member) -> None:
    sockets: list[Any] = []
    tabs = []
    for _ in range(8):
        tab = member.inbox()
        tab.page.on("websocket", lambda socket: sockets.append(socket))
        tabs.append(tab.open())
    member.receives("For all of them")
    for tab in tabs:
        tab.shows("For all of them")
        tab.counts(1, all=1)
    assert len(sockets) == 1


def test_when_the_tab_with_the_socket_closes_another_takes_over(member: Member) -> None:
    member.had("One")
    first, second = member.inbox().open(), member.inbox().open()
    with second.page.expect_websocket():
        first.page.close()
    member.receives("Two")
    expect(second.pill).to_have_text("1 new")


def test_offline_says_so_and_online_catches_up(member: Member, inbox: Inbox, complaints: Complaints) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", "htmx")
    member.had("Before")
    inbox.open()
    member.receives("Seen live")
    expect(inbox.pill).to_have_text("1 new")
    member.context.set_offline(True)
    expect(inbox.page.get_by_text("You are offline.")).to_be_visible()
    for number in range(3):
        member.receives(f"Missed {number}")
    inbox.press("Before", "Mark as read")
    inbox.says("The server cannot be reached.")
    inbox.is_unread("Before")
    member.context.set_offline(False)
    expect(inbox.page.get_by_text("You are offline.")).to_be_hidden()
    expect(inbox.pill).to_have_text("4 new")
    inbox.counts(5, all=5)
    inbox.pill.click()
    inbox.shows("Missed 2", "Missed 1", "Missed 0", "Seen live", "Before")


def test_a_restart_of_the_server_loses_and_doubles_nothing(
    member: Member, inbox: Inbox, live_server: WebProcess, complaints: Complaints
) -> None:
    complaints.expect("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET")
    inbox.page.add_init_script("Math.random = () => 0.1")  # else it may wait ten seconds
    inbox.open()
    member.receives("Before the restart")
    inbox.shows("Before the restart")
    live_server.end()
    try:
        member.platform.notify(member.user, "During it 0", "During it 1", "During it 2")
    finally:
        live_server.start()
    expect(inbox.pill).to_have_text("3 new", timeout=20_000)
    inbox.counts(4, all=4)
    inbox.pill.click()
    inbox.shows("During it 2", "During it 1", "During it 0", "Before the restart")


def test_only_ones_own_notifications_appear(join: Callable[..., Member]) -> None:
    one, other = join(), join()
    watched = one.inbox().open()
    other.receives("Not for you")
    one.receives("For you")
    watched.shows("For you")
    watched.counts(1, all=1)
