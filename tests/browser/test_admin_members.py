"""Members, their roles, topics and tokens, as an administrator goes about them; without JavaScript too."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.session import Session
from hackitech.models.user import User
from tests.browser.complaints import Complaints
from tests.browser.member import Member, NewContext, Platform
from tests.factories import PASSWORD, make_user


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def admin(request: pytest.FixtureRequest, platform: Platform, open_browser: NewContext) -> Member:
    """An administrator with JavaScript, and one without."""
    browser = open_browser(java_script_enabled=request.param)
    return Member(platform, browser, make_user("admin", name="Ada", email="ada@example.org"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def says(page: Page, text: str) -> None:
    expect(page.locator("[data-toast]")).to_contain_text(text)


def password_given_long_ago(user: User) -> None:
    with atomic() as session:
        session.execute(
            sa.update(Session).where(Session.user_id == user.id).values(authenticated_at=after(-900))
        )


def test_a_role_is_changed_once_the_password_was_given_again(admin: Member, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    make_user(name="Bob")
    ann = make_user(name="Ann", email="ann@example.org")
    page = admin.open("/admin/members/")
    page.get_by_role("searchbox").fill("ANN@")
    press(page, "Filter")
    expect(page.get_by_role("rowheader")).to_have_count(1)
    page.get_by_role("link", name="Ann").click()
    password_given_long_ago(admin.user)
    page.get_by_role("radio", name="Organiser").check()
    press(page, "Change the role")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill("wrong")
    press(page, "Confirm")
    expect(page.get_by_role("alert")).to_contain_text("This is not your password.")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Confirm")
    says(page, "The role is now: Organiser.")
    expect(page.get_by_role("radio", name="Organiser")).to_be_checked()
    db.session.expire_all()
    assert db.session.get_one(User, ann.id).role == "organiser"
    page.get_by_role("link", name="What was done to this account").click()
    expect(page.get_by_role("rowheader")).to_contain_text("Changed a member")


def test_people_are_put_into_a_topic_and_taken_out(admin: Member, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    make_user(name="Ann", email="ann@example.org")
    make_user(name="Bob", email="bob@example.org")
    page = admin.open("/admin/topics/")
    page.get_by_role("link", name="Create a topic").click()
    page.get_by_label("Name in French").fill("Rouille")
    page.get_by_label("Name in English").fill("Rust")
    page.get_by_label("Key").fill("rust")
    press(page, "Create this topic")
    page.get_by_label("Email addresses or numbers").fill(
        "ann@example.org, bob@example.org\nnobody@example.org"
    )
    press(page, "Add them")
    expect(page.get_by_role("alert")).to_contain_text("1 was not found. 2 people added.")
    expect(page.get_by_label("Email addresses or numbers")).to_have_value("nobody@example.org")
    press(page, "Remove Ann")
    says(page, "Ann was taken out.")
    expect(page.get_by_role("link", name="Ann")).to_have_count(0)
    press(page, "Undo")
    says(page, "Ann is in the topic again.")
    expect(page.get_by_role("link", name="Ann")).to_be_visible()


def test_a_token_is_made_for_somebody_shown_once_and_revoked(admin: Member) -> None:
    make_user(name="Ann", email="ann@example.org")
    password_given_long_ago(admin.user)
    page = admin.open("/admin/tokens/")
    page.get_by_role("link", name="Make a token").click()
    page.get_by_label("Belongs to").fill("ann@example.org")
    page.get_by_label("What the new token is for").fill("Robot")
    page.get_by_role("checkbox", name="send").check()
    press(page, "Make the token")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Confirm")
    field = page.get_by_label("Copy the new token now")
    secret = field.input_value()
    assert secret.startswith("ntf_")
    page.get_by_role("link", name="API tokens", exact=True).last.click()
    expect(page.get_by_role("rowheader", name="Robot")).to_be_visible()
    assert secret not in page.content()
    page.locator("tr", has_text="Robot").get_by_text("Revoke", exact=True).click()
    press(page, "Revoke this token")
    says(page, "The token is revoked.")
    expect(page.get_by_role("rowheader", name="Robot")).to_have_count(0)


def test_an_organiser_finds_their_own_topics_and_nothing_else(
    platform: Platform, open_browser: NewContext
) -> None:
    organiser = Member(platform, open_browser(), make_user("organiser"))
    page = organiser.open("/admin/topics/")
    expect(page.get_by_text("No topic of yours yet")).to_be_visible()
    places = page.get_by_role("navigation", name="Administration").get_by_role("link")
    assert [place.inner_text().strip() for place in places.all()] == ["Messages", "Topics"]
