"""The profile: saved, seen in advance, dark without a flash; tokens, export, erasure; without scripts too."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hackitech.core.database import db
from hackitech.models.user import User
from tests.browser.complaints import Complaints
from tests.browser.member import Member
from tests.browser.test_accessibility import LOOKS, check
from tests.browser.test_budgets import shifts
from tests.browser.test_layout import PHONE, widths
from tests.factories import PASSWORD


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def anyone(request: pytest.FixtureRequest, join: Callable[..., Member]) -> Member:
    """A member with JavaScript, and one without, where scripts take part."""
    return join(java_script_enabled=request.param)


@pytest.fixture
def plain(join: Callable[..., Member]) -> Member:
    """A member without JavaScript, for forms that no script touches."""
    return join(java_script_enabled=False)


def stored(member: Member) -> User:
    db.session.expire_all()
    return db.session.get_one(User, member.user.id)


def save(page: Page, name: str = "Save") -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_the_menu_leads_to_the_profile(plain: Member) -> None:
    page = plain.open("/inbox")
    page.locator(".topbar summary").click()
    page.get_by_role("link", name="Profile").click()
    expect(page.get_by_role("heading", name="Profile", level=1)).to_be_visible()


def test_name_language_and_timezone_are_saved(anyone: Member, complaints: Complaints) -> None:
    complaints.expect("htmx:")  # one leaves while the sample is on its way
    page = anyone.open("/profile")
    page.get_by_label("Name", exact=True).fill("Zoé")
    page.get_by_label("Language").select_option("fr")
    page.get_by_label("Timezone").fill("Londres")
    save(page)
    expect(page.locator("[data-toast]")).to_contain_text("Ton profil est enregistré.")
    expect(page.get_by_role("heading", name="Profil", level=1)).to_be_visible()
    expect(page.get_by_label("Fuseau horaire")).to_have_value("Europe/London")
    assert (stored(anyone).name, stored(anyone).locale) == ("Zoé", "fr")


def test_the_sample_follows_what_is_chosen_before_it_is_saved(member: Member) -> None:
    page = member.open("/profile")
    sample = page.locator("#sample")
    expect(sample).to_contain_text("12,345.6")
    page.get_by_label("Language").select_option("fr")
    expect(sample).to_contain_text("12\u202f345,6")
    page.get_by_label("Timezone").fill("Asia/Tokyo")
    page.get_by_label("Timezone").press("Tab")
    expect(sample).to_contain_text("UTC+09:00")
    page.get_by_label("Timezone").fill("Atlantis")
    page.get_by_label("Timezone").press("Tab")
    expect(sample).to_contain_text("There is no timezone of this name.")
    assert (stored(member).locale, stored(member).timezone) == ("en", "Europe/Paris")


def test_what_is_wrong_is_said_and_leads_to_its_field(anyone: Member, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    page = anyone.open("/profile")
    page.get_by_label("Timezone").fill("Atlantis")
    save(page)
    expect(page).to_have_title("Error: Profile – Notifi")
    page.get_by_role("alert").get_by_role("link", name="Choose a timezone").click()
    expect(page.get_by_label("Timezone")).to_be_focused()
    expect(page.get_by_label("Timezone")).to_have_value("Atlantis")


@pytest.mark.parametrize("width", [320, 1280])
def test_a_press_that_lasts_still_saves(member: Member, complaints: Complaints, width: int) -> None:
    complaints.expect("status of 422")
    page = member.context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/profile")
    page.get_by_label("Timezone").fill("Atlantis")
    page.get_by_role("button", name="Save", exact=True).hover()
    page.mouse.down()  # leaves the field, so the sample changes above the button
    expect(page.locator("#sample")).to_contain_text("There is no timezone of this name.")
    page.mouse.up()
    expect(page).to_have_title("Error: Profile – Notifi")


def test_the_summary_of_what_is_wrong_has_the_focus(member: Member, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    page = member.open("/profile")
    page.get_by_label("Name", exact=True).fill(" ")
    save(page)
    expect(page.get_by_role("alert")).to_be_focused()


def test_a_dark_theme_is_there_before_anything_is_painted(member: Member) -> None:
    page = member.open("/profile")
    page.get_by_label("Theme").select_option("dark")
    save(page)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    raw = page.request.get("/inbox").text()
    assert '<html lang="en" data-theme="dark">' in raw
    expect(page.get_by_label("Theme")).to_have_value("dark")
    page.get_by_label("Theme").select_option("auto")
    save(page)
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_shortcuts_are_switched_off_here_and_stay_off_in_the_inbox(member: Member) -> None:
    member.had("One")
    page = member.open("/profile")
    switch = page.get_by_role("checkbox", name="Keyboard shortcuts")
    expect(switch).to_be_checked()
    switch.uncheck()
    page.goto("/inbox")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/profile")
    expect(switch).not_to_be_checked()
    switch.check()
    page.goto("/inbox")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_without_scripts_there_are_no_shortcuts_to_switch(join: Callable[..., Member]) -> None:
    page = join(java_script_enabled=False).open("/profile")
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_the_password_is_changed_and_this_browser_stays(plain: Member) -> None:
    page = plain.open("/profile")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill("another lantern orbit 43")
    save(page, "Change the password")
    expect(page.locator("[data-toast]")).to_contain_text("Your password has changed.")
    page.reload()
    expect(page.get_by_role("heading", name="Profile", level=1)).to_be_visible()


def test_a_token_is_made_shown_once_and_revoked(plain: Member) -> None:
    page = plain.open("/profile")
    page.get_by_label("What the new token is for").fill("CI")
    page.get_by_label("It may").select_option("read and change")
    save(page, "Make a token")
    secret = page.get_by_label("Copy your new token now").input_value()
    assert secret.startswith("ntf_")
    expect(page.get_by_label("Copy your new token now")).to_be_in_viewport()
    page.goto("/profile")
    assert secret not in page.content()
    page.get_by_label("Revoke CI").click()
    page.get_by_role("button", name="Revoke this token").click()
    expect(page.locator("[data-toast]")).to_contain_text("The token is revoked.")
    expect(page.get_by_text("No program acts for you.")).to_be_visible()


def test_a_new_token_is_copied(member: Member) -> None:
    member.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = member.open("/profile")
    page.get_by_label("What the new token is for").fill("CI")
    save(page, "Make a token")
    save(page, "Copy")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    secret = page.get_by_label("Copy your new token now").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == secret


def test_ones_data_is_a_file(plain: Member) -> None:
    plain.had("One", "Two")
    page = plain.open("/profile")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export my data").click()
    assert download.value.suggested_filename.startswith("notifi-")
    document = json.loads(download.value.path().read_text())
    assert [one["title"] for one in document["notifications"]] == ["Two", "One"]


def test_signing_out_everywhere_leads_to_the_door(plain: Member) -> None:
    page = plain.open("/profile")
    save(page, "Sign out everywhere")
    expect(page).to_have_url("/login")
    expect(page.locator("[data-toast]")).to_contain_text("You are signed out everywhere.")


def test_an_account_is_erased_once_it_was_confirmed(plain: Member, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    plain.had("One")
    page = plain.open("/profile")
    page.get_by_role("link", name="Erase my account").click()
    page.get_by_label("To confirm, type your email address").fill(plain.user.email)
    page.get_by_label("Password").fill("wrong")
    save(page, "Erase my account for good")
    expect(page.get_by_role("alert")).to_contain_text("This is not your password.")
    page.get_by_label("Password").fill(PASSWORD)
    save(page, "Erase my account for good")
    expect(page.get_by_role("heading", name="Your account is erased")).to_be_visible()
    page.goto("/inbox")
    expect(page).to_have_url("/login?next=/inbox")


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_axe_finds_nothing(
    theme: str, locale: str, join: Callable[..., Member], complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    page = join(locale=locale, color_scheme=theme).open("/profile")
    check(page, "profile")
    page.locator("#token_name").press("Enter")
    page.get_by_role("alert").wait_for()
    check(page, "profile with an error")
    page.locator("#token_name").fill("CI")
    page.locator("#token_name").press("Enter")
    page.locator("#new-token").wait_for()
    page.locator(".thing summary").click()
    check(page, "profile with a new token", "#tokens")
    for path in ("/profile/erase", "/goodbye"):
        page.goto(path)
        check(page, path)


def test_it_fits_a_phone_and_does_not_move(join: Callable[..., Member]) -> None:
    member = join(locale="fr", name="Donaudampfschifffahrtsgesellschaftskapitän", **PHONE)
    page = member.open("/profile")
    page.locator("#token_name").fill("x" * 100)
    page.locator("#token_name").press("Enter")
    page.locator("#new-token").wait_for()
    page.locator(".thing summary").click()
    assert widths(page) == (320, 320)
    panel = page.locator(".thing .menu__panel").bounding_box()
    assert panel and panel["x"] >= 0
    for path in ("/profile", "/profile/erase", "/goodbye"):
        page.goto(path)
        assert widths(page) == (320, 320), path
        assert shifts(page) <= 0.02, path
