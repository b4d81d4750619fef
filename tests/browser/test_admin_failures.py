"""Failed deliveries at a browser: a selection replayed without JavaScript, a group dropped and followed."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from hackitech.channels.email import suppress_address
from hackitech.clock import STEPS
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from hackitech.models.user import User
from hackitech.tasks.service import advance_due_task
from tests.admin.failing import REFUSED, fail_email
from tests.browser.member import Member, NewContext, Platform
from tests.factories import make_user

JoinAdmin = Callable[..., Member]


@pytest.fixture
def join_admin(platform: Platform, open_browser: NewContext) -> JoinAdmin:
    """Sign an administrator in, in a browser of their own with these options."""

    def make_one(**options: object) -> Member:
        return Member(platform, open_browser(**options), make_user("admin", name="Ada", locale="en"))

    return make_one


@pytest.fixture
def ids(db_session: object) -> list[int]:
    """Emails to Grace, Heidi and Ivan that failed for the same reason."""
    names = ("Grace", "Heidi", "Ivan")
    return fail_email(*(make_user(name=name) for name in names), title="Room B12")


def open_group(admin: Member) -> Page:
    page = admin.open("/admin/failures/")
    page.get_by_role("link", name=REFUSED).click()
    expect(page.get_by_role("heading", name=REFUSED)).to_be_visible()
    return page


def again() -> int:
    """Return how many deliveries follow on another."""
    db.session.rollback()
    newer = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.generation > 0)
    return db.session.scalar(newer) or 0


def test_a_selection_is_replayed_without_javascript(join_admin: JoinAdmin, ids: list[int]) -> None:
    page = open_group(join_admin(java_script_enabled=False))
    page.get_by_label("Select: Room B12, to Grace").check()
    page.get_by_label("Select: Room B12, to Ivan").check()
    page.get_by_role("button", name="Replay…").click()
    expect(page.get_by_text("2 deliveries would be replayed.")).to_be_visible()
    assert again() == 0
    page.get_by_role("button", name="Replay 2 deliveries").click()
    expect(page.locator("[data-toast]")).to_contain_text("2 deliveries are sent again.")
    expect(page.get_by_label("Select: Room B12, to Heidi")).to_be_visible()
    assert again() == 2


def test_a_whole_group_is_dropped_and_followed(join_admin: JoinAdmin, ids: list[int]) -> None:
    page = open_group(join_admin())
    page.get_by_label("The whole group: 3 deliveries").check()
    page.get_by_role("button", name="Drop…").click()
    expect(page.get_by_text("This cannot be undone.")).to_be_visible()
    page.get_by_role("button", name="Drop 3 deliveries").click()
    expect(page.get_by_role("heading", name="Failed deliveries, dropped")).to_be_visible()
    while advance_due_task(STEPS):
        pass
    expect(page.get_by_text("3 deliveries are dropped.", exact=True)).to_be_visible()
    page.goto("/admin/failures/")
    expect(page.get_by_role("heading", name="Nothing has failed")).to_be_visible()
    assert again() == 0


def test_an_address_is_written_to_again(join_admin: JoinAdmin) -> None:
    grace: User = make_user(name="Grace")
    with atomic() as session:
        session.execute(suppress_address(grace.email, "hard bounce 550 no such user"))
    page = join_admin().open("/admin/suppressions/")
    page.get_by_role("link", name=f"Lift: {grace.email}").click()
    page.get_by_role("button", name="Lift the suppression").click()
    expect(page.locator("[data-toast]")).to_contain_text(f"{grace.email} is written to again.")
    expect(page.get_by_role("heading", name="No address is suppressed")).to_be_visible()
