"""Signing in and out with the form, and sessions that end under one's feet."""

import pytest
from playwright.sync_api import Page, expect

from hackitech.core.transaction import atomic
from hackitech.models.session import Session
from tests.browser.complaints import Complaints
from tests.browser.inbox import Inbox
from tests.browser.member import Member, NewContext
from tests.factories import PASSWORD, make_user


@pytest.fixture
def stranger(open_browser: NewContext) -> Page:
    return open_browser().new_page()


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def end_sessions(member: Member) -> None:
    with atomic() as session:
        session.query(Session).filter_by(user_id=member.user.id).delete()


def test_the_form_leads_where_one_was_going_and_the_menu_signs_out(
    stranger: Page, db_session: object
) -> None:
    user = make_user()
    stranger.goto("/preferences")
    expect(stranger).to_have_url("/login?next=/preferences")
    sign_in(stranger, user.email)
    expect(stranger).to_have_url("/preferences")
    stranger.locator(".topbar summary").click()
    stranger.get_by_role("button", name="Sign out").click()
    expect(stranger).to_have_url("/login")
    stranger.goto("/inbox")
    expect(stranger).to_have_url("/login?next=/inbox")


def test_enter_sends_the_form(stranger: Page, db_session: object) -> None:
    user = make_user()
    stranger.goto("/login")
    stranger.get_by_label("Email address").fill(user.email)
    stranger.get_by_label("Password", exact=True).fill(PASSWORD)
    stranger.keyboard.press("Enter")
    expect(stranger).to_have_url("/inbox")


def test_a_wrong_password_says_so_in_place(
    stranger: Page, db_session: object, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    user = make_user()
    stranger.goto("/login?next=/preferences")
    sign_in(stranger, user.email, "wrong horse")
    summary = stranger.get_by_role("alert")
    expect(summary).to_contain_text("Wrong email address or password.")
    expect(summary).to_be_focused()
    expect(stranger).to_have_title("Error: Sign in – Notifi")
    expect(stranger.get_by_label("Email address")).to_have_value(user.email)
    expect(stranger.get_by_label("Password", exact=True)).to_have_value("")
    sign_in(stranger, user.email)
    expect(stranger).to_have_url("/preferences")


def test_fields_let_password_managers_help(stranger: Page) -> None:
    stranger.goto("/login")
    expect(stranger.get_by_label("Email address")).to_have_attribute("autocomplete", "username")
    expect(stranger.get_by_label("Password", exact=True)).to_have_attribute(
        "autocomplete", "current-password"
    )


def test_an_action_after_the_session_ended_leads_to_login_and_back(member: Member, inbox: Inbox) -> None:
    member.had("One", days_ago=1)  # the stream repeats what is younger, and the page would look for its count
    inbox.open("?view=unread")
    end_sessions(member)
    inbox.press("One", "Mark as read")
    expect(inbox.page).to_have_url("/login?next=/inbox?view%3Dunread")
    expect(inbox.page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(inbox.page, member.user.email)
    expect(inbox.page).to_have_url("/inbox?view=unread")
    inbox.is_unread("One")


def test_a_search_after_the_session_ended_leads_to_the_whole_login_page(member: Member, inbox: Inbox) -> None:
    member.had("One", days_ago=1)
    inbox.open()
    end_sessions(member)
    inbox.search("one")
    expect(inbox.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(inbox.page.locator("header")).to_have_count(1)


def test_signing_out_in_one_tab_ends_the_stream_of_the_other(member: Member, inbox: Inbox) -> None:
    inbox.open()
    other = member.open("/preferences")
    other.locator(".topbar summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other).to_have_url("/login")
    inbox.tab("unread").click()
    expect(inbox.page).to_have_url("/login?next=/inbox")
