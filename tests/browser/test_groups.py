"""Groups in the inbox: they fold into one row, open in place, and are handled as one."""

import pytest
from playwright.sync_api import expect

from tests.browser.inbox import Inbox
from tests.browser.member import Member
from tests.factories import make_user

BOTH = "Ana and 1 other · 3 notifications"


@pytest.fixture
def folded(member: Member, inbox: Inbox) -> Inbox:
    """Three comments of two people, and something else below."""
    ana, ben = make_user(name="Ana").id, make_user(name="Ben").id
    member.had("Below", days_ago=1)
    for title, actor in (("First", ben), ("Second", ben), ("Third", ana)):
        member.had(title, group_key="rust", actor=actor)
    return inbox.open()


def test_a_group_opens_in_place_and_back_folds_it(folded: Inbox) -> None:
    folded.shows("Third", "Below")
    folded.counts(4, all=4)
    folded.page.get_by_role("link", name=BOTH).click()
    folded.shows("Third", "Second", "First")
    expect(folded.page).to_have_url("/inbox?group=rust")
    folded.press("Second", "Mark as read")
    folded.counts(3, all=4)
    folded.page.go_back()
    expect(folded.page.get_by_role("link", name="Ana and 1 other · 2 notifications")).to_be_visible()


def test_a_group_is_archived_as_one_and_comes_back_as_one(folded: Inbox) -> None:
    folded.press("Third", "Archive")
    folded.shows("Below")
    folded.says("3 archived.")
    folded.counts(1, all=1, archived=3)
    folded.undo()
    folded.shows("Third", "Below")
    expect(folded.page.get_by_role("link", name=BOTH)).to_be_visible()


def test_once_read_each_stands_for_itself(folded: Inbox) -> None:
    folded.tick("Third")
    folded.press_bulk("Mark read")
    folded.shows("Third", "Second", "First", "Below")
    folded.counts(1, all=4)


def test_what_arrives_in_a_group_stands_for_it(member: Member, folded: Inbox) -> None:
    member.receives("Fourth", group_key="rust")
    expect(folded.pill).to_have_text("1 new")  # the others are told again, and stand behind a row already
    folded.pill.click()
    folded.shows("Fourth", "Below")
    expect(folded.page.get_by_role("link", name="Ana and 1 other · 4 notifications")).to_be_visible()
