"""Taking note at a browser: the member confirms, the organiser sees who has and reminds the others."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from hackitech.clock import STEPS
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from hackitech.tasks.service import advance_due_task
from tests.browser.member import Member
from tests.factories import make_user


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_who_confirms_moves_to_the_other_list_and_the_rest_are_reminded(
    join: Callable[..., Member], scripts: bool
) -> None:
    member, organiser = (join(name=name, java_script_enabled=scripts) for name in ("Ann", "Olga"))
    with atomic():
        db.session.get_one(User, organiser.user.id).role = "organiser"
    others = [make_user(name="Bob"), make_user(name="Cleo")]
    with atomic():
        words: dict[str, Any] = {"title": "Room B12", "message": "The final is in B12."}
        sent = notify("announcement", recipients=[member.user, *others], sender_id=organiser.user.id,
                      acknowledge=True, **words)  # fmt: skip

    page = member.open("/inbox")
    expect(page.locator("li.row")).to_contain_text("To confirm")
    page.get_by_role("link", name="Room B12").click()
    page.get_by_role("button", name="Take note").click()
    expect(page.get_by_text("You confirmed that you have taken note")).to_be_visible()
    expect(page.get_by_role("button", name="Take note")).to_have_count(0)

    roster = organiser.open(f"/admin/messages/{sent.event_id}/roster?state=confirmed")
    expect(roster.locator("tbody th")).to_contain_text(["Ann"])
    roster.get_by_role("link", name="Not seen yet").click()
    expect(roster.locator("tbody th")).to_contain_text(["Bob", "Cleo"])
    roster.locator("summary", has_text="Send again").click()
    roster.get_by_role("button", name="Send again to 2 members").click()
    expect(roster.locator("#task")).to_contain_text("0 of 2")
    while advance_due_task(STEPS):
        pass
    if not scripts:
        roster.get_by_role("link", name="Refresh").click()
    expect(roster.locator("#task")).to_contain_text("It was sent again to 2 members.")
