"""Suppressed addresses: found, explained, and given another chance."""

import re
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from hackitech.channels.email import suppress_address
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from tests.admin.staff import Staff
from tests.bounces.conftest import suppressed
from tests.factories import make_user

LIST = "/admin/suppressions/"
GRACE = {"channel": "email", "address": "grace@example.org"}


@pytest.fixture
def refused(admin: Staff) -> None:
    """Grace's address bounced; nobody's complained afterwards."""
    make_user(name="Grace", email=GRACE["address"])
    with atomic() as session:
        session.execute(suppress_address(GRACE["address"], "hard bounce 550 no such user"))
        session.execute(suppress_address("nobody@example.org", "complaint"))


def lift(address: dict[str, str]) -> str:
    """Return where one is asked once more."""
    return f"{LIST}lift?{urlencode(address)}"


def addresses(text: str) -> list[str]:
    return re.findall(r'<th scope="row">([^<]+)</th>', text)


def test_nothing_is_suppressed_at_first(admin: Staff) -> None:
    assert "No address is suppressed" in admin.get(LIST).text


def test_the_newest_comes_first_with_its_member_and_reason(admin: Staff, refused: None) -> None:
    page = admin.get(LIST).text
    assert addresses(page) == ["nobody@example.org", GRACE["address"]]
    assert "The recipient reported an email as unwanted." in page
    assert "The mail provider gave an email back" in page and "hard bounce 550 no such user" in page
    assert ">Grace</a>" in page and "Nobody’s any more" in page


def test_they_are_found_by_address_name_and_channel(admin: Staff, refused: None) -> None:
    for query, found in (
        ("q=GRA", [GRACE["address"]]),
        ("q=nobody@", ["nobody@example.org"]),
        ("q=%25", []),
        ("channel=push", []),
        ("channel=pigeon&q=grace", [GRACE["address"]]),
    ):
        assert addresses(admin.get(f"{LIST}?{query}").text) == found, query
    assert "No address matches this filter" in admin.get(f"{LIST}?q=zoe").text


def test_pages_follow_each_other(admin: Staff) -> None:
    with atomic() as session:
        for number in range(30):
            session.execute(suppress_address(f"m{number:02}@example.org", "550 no such user"))
    first = admin.get(LIST).text
    older = re.search(r'href="([^"]+)"[^>]*>Show older ones', first)
    assert older
    second = admin.get(older[1].replace("&amp;", "&")).text
    assert addresses(first) + addresses(second) == [
        f"m{number:02}@example.org" for number in range(29, -1, -1)
    ]


def test_an_address_is_lifted_after_a_second_thought(admin: Staff, refused: None) -> None:
    asked = admin.get(lift(GRACE)).text
    assert "Write to this address again?" in asked and GRACE["address"] in asked
    assert GRACE["address"] in suppressed()
    response = admin.post(f"{LIST}lift", GRACE)
    assert response.status_code == 303
    assert "grace@example.org is written to again." in admin.get(LIST).text
    assert list(suppressed()) == ["nobody@example.org"]
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.actor_id, entry.action) == (admin.user.id, "suppression.lift")


def test_what_is_not_suppressed_leads_back(admin: Staff, refused: None) -> None:
    for address in ("zoe@example.org", "", "a\x00b"):
        wrong = {**GRACE, "address": address}
        for response in (admin.get(lift(wrong)), admin.post(f"{LIST}lift", wrong)):
            assert (response.status_code, response.headers["Location"]) == (303, LIST)
        assert "This address is not suppressed." in admin.get(LIST).text


def test_others_are_refused(organiser: Staff) -> None:
    assert organiser.get(LIST).status_code == organiser.get(f"{LIST}lift").status_code == 403
    assert organiser.post(f"{LIST}lift", GRACE).status_code == 403
