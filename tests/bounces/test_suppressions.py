"""Addresses that are not written to: administrators see them, and give them another chance."""

import pytest
import sqlalchemy as sa

from hackitech.channels.email import suppress_address
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from tests.bounces.conftest import suppressed
from tests.callers import People, make_caller

ADA = "suppressions/email/ada@example.org/"


@pytest.fixture
def ada(people: People) -> None:
    with atomic() as session:
        session.execute(suppress_address("ada@example.org", "hard bounce"))


def test_an_administrator_lists_them_newest_first(people: People, ada: None) -> None:
    with atomic() as session:
        session.execute(suppress_address("bob@example.org", "complaint"))
    found = people.admin.get("suppressions/").get_json()
    assert [(row["address"], row["reason"]) for row in found["results"]] == [
        ("bob@example.org", "complaint"),
        ("ada@example.org", "hard bounce"),
    ]
    assert set(found["results"][0]) == {"channel", "address", "reason", "created_at"}


def test_the_list_is_paged_and_filtered(people: People, ada: None) -> None:
    with atomic() as session:
        for number in range(3):
            session.execute(suppress_address(f"m{number}@example.org", "hard bounce"))
    page, seen = people.admin.get("suppressions/?page_size=3").get_json(), []
    while page:
        seen += [row["address"] for row in page["results"]]
        page = page["next"] and people.admin.get(page["next"]).get_json()
    assert seen == ["m2@example.org", "m1@example.org", "m0@example.org", "ada@example.org"]
    one = people.admin.get("suppressions/?address=ADA@example.org&channel=email").get_json()
    assert [row["address"] for row in one["results"]] == ["ada@example.org"]
    assert people.admin.get("suppressions/?channel=push").get_json()["results"] == []
    assert people.admin.get("suppressions/?reason=x").status_code == 422


def test_lifting_is_written_to_the_audit_log(people: People, ada: None) -> None:
    assert people.admin.delete(ADA).status_code == 204
    assert suppressed() == {}
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.object_type == "suppression")).one()
    assert (entry.actor_id, entry.action) == (people.admin.id, "suppression.lift")
    assert entry.object_id == "email ada@example.org"
    assert entry.before == {"channel": "email", "address": "ada@example.org", "reason": "hard bounce"}
    assert entry.after is None


def test_what_is_not_suppressed_cannot_be_lifted(people: People, ada: None) -> None:
    for path in (
        "push/ada@example.org/",
        "email/bob@example.org/",
        "email/a%00b@example.org/",
        "email/x/y@z/",
    ):
        assert people.admin.delete(f"suppressions/{path}").status_code == 404, path
    people.admin.delete(ADA)
    assert people.admin.delete(ADA).status_code == 404
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 1


def test_nobody_else_sees_or_lifts_them(people: People, ada: None) -> None:
    plain_admin = make_caller(people.admin.client.application, "admin", ("read", "write", "send"))
    for caller in (people.member, people.organiser, plain_admin):
        assert caller.get("suppressions/").status_code == 403
        assert caller.delete(ADA).status_code == 403
    assert people.stranger.get("suppressions/").status_code == 401
    assert people.stranger.delete(ADA).status_code == 401
    assert list(suppressed()) == ["ada@example.org"]
