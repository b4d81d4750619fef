"""The log at a browser: a timeline beside the list, or on its own page; a file with its progress."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hackitech.clock import STEPS
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.user import User
from hackitech.notifications import log_service
from hackitech.tasks.service import advance_due_task
from tests.admin.logged import became, told
from tests.browser.member import Member
from tests.factories import make_user


@pytest.fixture
def make_admin(join: Callable[..., Member]) -> Callable[..., Member]:
    """Make an administrator who is signed in, in a browser with these options."""

    def make_one(**options: object) -> Member:
        member = join(name="Ada", **options)
        with atomic():
            db.session.get_one(User, member.user.id).role = "admin"
        return member

    return make_one


@pytest.fixture
def ana(db_session: object) -> User:
    """A member with three notifications, of which an email failed."""
    ana = make_user(name="Ana Sousa")
    for number in range(2):
        told(ana, title=f"News {number}")
    became(told(ana, title="Room change"), "email", "permanent-failure")
    return ana


def test_a_timeline_stands_beside_the_list(make_admin: Callable[..., Member], ana: User) -> None:
    page = make_admin().open("/admin/log/")
    page.get_by_label("Status").select_option("Failed")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".log__title")).to_have_text(["Room change"])
    page.get_by_role("link", name="Clear the filter").click()
    expect(page.locator(".log__title")).to_have_count(3)

    link = page.locator(".log__title", has_text="Room change")
    link.click()
    beside = page.get_by_role("region", name="Timeline")
    expect(beside.get_by_role("heading", name="Room change")).to_be_visible()
    expect(beside).to_contain_text("Ana Sousa")
    expect(link).to_have_attribute("aria-current", "true")
    expect(page.locator("#announce")).to_have_text("The timeline stands beside the list.")
    expect(page).to_have_url("/admin/log/")

    page.locator(".log__title", has_text="News 1").click()
    expect(beside.get_by_role("heading", name="News 1")).to_be_visible()
    expect(page.locator(".log__title[aria-current]")).to_have_text("News 1")


def test_on_a_phone_a_timeline_has_its_own_page(make_admin: Callable[..., Member], ana: User) -> None:
    page = make_admin(viewport={"width": 320, "height": 640}).open("/admin/log/?status=delivered")
    page.get_by_role("link", name="Room change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What became of a notification")
    expect(page.locator(".timeline__channel").first).to_be_visible()
    page.locator(".crumb a").click()
    expect(page).to_have_url("/admin/log/?status=delivered")


def test_without_a_script(make_admin: Callable[..., Member], ana: User) -> None:
    page = make_admin(java_script_enabled=False).open("/admin/log/")
    page.get_by_label("Member").fill("sousa")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="Room change").click()
    expect(page.get_by_role("heading", name="Room change")).to_be_visible()
    page.locator(".crumb a").click()
    page.get_by_role("button", name="Export as CSV").click()
    expect(page.locator("#task")).to_contain_text("Under way")
    assert advance_due_task(STEPS)
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator("#task")).to_contain_text("3 rows are in the file.")
    expect(page.get_by_role("link", name="Download the file")).to_be_visible()


def test_a_file_is_followed_and_downloaded(
    make_admin: Callable[..., Member], ana: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(log_service, "CHUNK", 2)
    page = make_admin().open("/admin/log/")
    page.get_by_role("button", name="Export as CSV").click()
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("value", "0")
    page.get_by_role("button", name="Stop").focus()
    assert advance_due_task(STEPS)
    expect(bar).to_have_attribute("value", "2")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    expect(page.locator("#announce")).to_be_empty()

    assert advance_due_task(STEPS)
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(page.locator("#announce")).to_contain_text("3 rows are in the file.")
    assert page.locator("[hx-trigger]").count() == 0
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    saved = tmp_path / "log.csv"
    download.value.save_as(saved)
    lines = list(csv.DictReader(io.StringIO(saved.read_text("utf-8-sig"))))
    assert [line["Title"] for line in lines] == ["News 0", "News 1", "Room change"]


def test_a_file_that_is_stopped_says_so(make_admin: Callable[..., Member], ana: User) -> None:
    page = make_admin().open("/admin/log/")
    page.get_by_role("button", name="Export as CSV").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-toast]")).to_contain_text("Stopped. What was done until now stays.")
    expect(page.locator("#task")).to_contain_text("Stopped")
    assert not advance_due_task(STEPS)
