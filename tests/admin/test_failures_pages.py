"""Failed deliveries: grouped, opened, checked, and replayed or dropped."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from hackitech.clock import STEPS
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.delivery import Delivery
from hackitech.models.preference import Preference
from hackitech.tasks.service import advance_due_task
from tests.admin.failing import REFUSED, fail_email
from tests.admin.staff import Staff
from tests.factories import make_user

LIST = "/admin/failures/"
GROUP = {"channel": "email", "status": "technical-failure", "error": REFUSED}


def page(name: str, given: dict[str, Any]) -> str:
    """Return the address of one of the pages under these filters."""
    return f"{LIST}{name}?{urlencode(given, doseq=True)}"


def text_of(response: TestResponse) -> str:
    """Return what a page says, without its markup."""
    assert response.status_code == 200, response.status_code
    main = response.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main))


def sent_again() -> list[tuple[int, str]]:
    """Return the deliveries that follow on another, with their status."""
    db.session.rollback()
    newer = sa.select(Delivery.recipient_id, Delivery.status).where(Delivery.generation > 0)
    rows = db.session.execute(newer.order_by(Delivery.id))
    return [(recipient, status) for recipient, status in rows]


@pytest.fixture
def follow(admin: Staff) -> Callable[[TestResponse], str]:
    """Follow a redirect, and return what the page there says."""

    def go(response: TestResponse) -> str:
        assert response.status_code == 303, response.text
        return text_of(admin.get(response.headers["Location"]))

    return go


def test_without_failures_the_page_says_so(admin: Staff) -> None:
    assert "Nothing has failed" in text_of(admin.get(LIST))
    assert "Nothing failed under this filter" in text_of(admin.get(f"{LIST}?channel=push"))


def test_failures_are_grouped_by_what_went_wrong(admin: Staff) -> None:
    for number in range(3):
        fail_email(
            make_user(), detail=f"451 4.7.1 try again in {number + 100} seconds", status="temporary-failure"
        )
    fail_email(make_user())
    said = text_of(admin.get(LIST))
    assert "451 4.7.1 try again in … seconds For example: 451 4.7.1 try again in 102 seconds" in said
    assert re.search(r"Temporary It was tried until its time was over\. 3 ", said)
    assert REFUSED in said


def test_filters_narrow_and_what_is_wrong_with_them_is_said(admin: Staff) -> None:
    fail_email(make_user())
    assert REFUSED in text_of(
        admin.get(f"{LIST}?channel=email&type=announcement&from=2020-01-01&to=2199-01-01")
    )
    for query in (
        "channel=webhook",
        "status=permanent-failure",
        "type=comment",
        "event=999999",
        "to=2020-01-01",
    ):
        assert REFUSED not in text_of(admin.get(f"{LIST}?{query}")), query
    assert REFUSED in text_of(admin.get(f"{LIST}?channel=pigeon&status=sent&unknown=1"))
    response = admin.get(f"{LIST}?event=x&from=soon")
    assert response.status_code == 422
    assert "A message is found by its number." in response.text and 'value="soon"' in response.text


def test_a_group_opens_to_its_deliveries(admin: Staff) -> None:
    member = make_user(name="Grace")
    fail_email(member)
    fail_email(make_user(name="Heidi"), detail="554 something else")
    response = admin.get(page("group", GROUP))
    said = text_of(response)
    assert "Grace" in said and "Room B12" in said and "Heidi" not in said
    assert "The whole group: 1 delivery" in said
    leads_to = re.findall(r'href="(/admin/(?:members|messages|log)/\d+/?)', response.text)
    assert [path.split("/")[2] for path in leads_to] == ["members", "messages", "log"]
    assert leads_to[0] == f"/admin/members/{member.id}/"
    for path in leads_to:
        assert admin.get(path).status_code == 200, path


def test_a_long_group_has_pages(admin: Staff) -> None:
    ids = fail_email(*(make_user() for _ in range(60)))
    first = admin.get(page("group", GROUP)).text
    older = re.search(r'href="([^"]+)"[^>]*>Show older ones', first)
    assert older
    second = admin.get(older[1].replace("&amp;", "&")).text
    shown = [int(id_) for id_ in re.findall(r'name="ids" value="(\d+)"', first + second)]
    assert shown == ids[::-1]


def test_what_is_ticked_is_checked_by_rule_then_replayed_once(
    admin: Staff, follow: Callable[[TestResponse], str]
) -> None:
    off, on, left = make_user(), make_user(), make_user()
    ids = fail_email(off, on, left)
    with atomic() as session:
        pair = {"notification_type": "announcement", "channel": "email"}
        session.add(Preference(user_id=off.id, enabled=False, frequency="direct", **pair))
    chosen = {**GROUP, "ids": [str(id_) for id_ in ids[:2]]}
    said = text_of(admin.get(page("check", {**chosen, "action": "replay"})))
    assert "2 deliveries would be replayed." in said
    assert "Sent at once This type is sent on this channel unless it is turned off. 1" in said
    assert "Not sent The member turned this type off on this channel. 1" in said
    assert "This cannot be undone." in said
    assert sent_again() == []

    response = admin.post(f"{LIST}replay", chosen)
    assert parse_qs(urlsplit(response.headers["Location"]).query)["error"] == [REFUSED]
    toasted = admin.get(response.headers["Location"]).text
    assert "1 delivery is sent again. 1 is not, as the member’s choices or address say." in toasted
    assert sent_again() == [(off.id, "suppressed"), (on.id, "created")]

    admin.post(f"{LIST}replay", chosen)
    assert len(sent_again()) == 2
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).first()
    assert entry and (entry.actor_id, entry.action) == (admin.user.id, "delivery.replay")


def test_a_whole_group_is_replayed_by_a_task(admin: Staff, follow: Callable[[TestResponse], str]) -> None:
    fail_email(*(make_user() for _ in range(3)))
    other = make_user()
    fail_email(other, detail="554 something else")
    whole = {**GROUP, "whole": "1"}
    said = text_of(admin.get(page("check", {**whole, "action": "replay"})))
    assert "3 deliveries would be replayed." in said
    response = admin.post(f"{LIST}replay", whole)
    assert response.headers["Location"].startswith("/admin/tasks/")
    while advance_due_task(STEPS):
        pass
    assert "3 deliveries are sent again." in follow(response)
    assert len(sent_again()) == 3
    assert other.id not in dict(sent_again())


def test_everything_under_a_filter_is_dropped_by_a_task(
    admin: Staff, follow: Callable[[TestResponse], str]
) -> None:
    fail_email(make_user())
    fail_email(make_user(), detail="554 something else")
    asked = {"channel": "email", "whole": "1"}
    said = text_of(admin.get(page("check", {**asked, "action": "drop"})))
    assert "2 deliveries would be dropped." in said
    response = admin.post(f"{LIST}drop", asked)
    while advance_due_task(STEPS):
        pass
    assert "2 deliveries are dropped." in follow(response)
    assert "Nothing has failed" in text_of(admin.get(LIST))
    assert sent_again() == []


def test_an_empty_selection_and_one_that_is_gone_are_said(
    admin: Staff, follow: Callable[[TestResponse], str]
) -> None:
    ids = fail_email(make_user())
    nothing = {**GROUP, "action": "replay"}
    for press in (lambda: admin.get(page("check", nothing)), lambda: admin.post(f"{LIST}drop", GROUP)):
        response = press()
        assert response.status_code == 303
        assert "Nothing is selected" in admin.get(response.headers["Location"]).text
    admin.post(f"{LIST}drop", {**GROUP, "ids": str(ids[0])})
    again = {**nothing, "ids": str(ids[0])}
    assert "Somebody has dealt with" in text_of(admin.get(page("check", again)))
    assert "Nothing is left of this group" in text_of(admin.get(page("group", GROUP)))


def test_odd_addresses_lead_back_to_the_list(admin: Staff) -> None:
    for path in ("group", "group?channel=email", "check", "check?action=send&ids=1", "replay", "drop"):
        response = admin.get(LIST + path)
        assert response.status_code == 303 and response.headers["Location"].startswith(LIST), path
    assert admin.get(f"{LIST}check?action=replay&ids=x&ids=0").status_code == 303
    assert admin.post(f"{LIST}replay", {"ids": [str(n) for n in range(1, 102)]}).status_code == 422
    assert admin.get(f"{LIST}group?channel=email&error=x&cursor=wrong").status_code == 422


def test_a_hostile_answer_is_shown_as_text(admin: Staff) -> None:
    fail_email(make_user(), detail="554 <script>alert(1)</script> 100% of_it \\")
    html = admin.get(LIST).text
    assert "<script>alert(1)" not in html
    link = re.search(r'href="(/admin/failures/group[^"]+)"', html)
    assert link
    assert "The whole group: 1 delivery" in text_of(admin.get(link[1].replace("&amp;", "&")))


def test_others_are_refused(organiser: Staff) -> None:
    for path in ("", "group", "check"):
        assert organiser.get(LIST + path).status_code == 403
    assert organiser.post(f"{LIST}replay").status_code == 403
