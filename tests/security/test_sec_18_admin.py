"""Security 18: what changes the rights or the mail of others wants a fresh password, and leaves its trace."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError

from hackitech.accounts import service
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.session import Session
from hackitech.models.user import User
from hackitech.topics.membership_service import add_members
from hackitech.topics.queries import Manager
from hackitech.topics.service import create_topic
from tests.admin.staff import Staff
from tests.factories import PASSWORD, make_user

FIELD = "confirmed_password"


@pytest.fixture
def admin(app: Flask, db_session: object) -> Staff:
    return Staff(app)


@pytest.fixture
def member(db_session: object) -> User:
    return make_user()


def role_of(user: User) -> str:
    db.session.expire_all()
    return db.session.get_one(User, user.id).role


def promote(admin: Staff, member: User, **more: str) -> Any:
    return admin.post(f"members/{member.id}/role", {"role": "organiser", **more})


def audited() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEntry.action)))


def test_sec_18_within_ten_minutes_the_password_is_not_asked_again(admin: Staff, member: User) -> None:
    admin.gave_password(minutes_ago=9)
    assert promote(admin, member).status_code == 303
    assert role_of(member) == "organiser"


def test_sec_18_after_ten_minutes_it_is_asked_and_nothing_is_done_yet(admin: Staff, member: User) -> None:
    admin.gave_password(minutes_ago=11)
    asked = promote(admin, member)
    assert asked.status_code == 200 and f'name="{FIELD}"' in asked.text
    assert f'action="/admin/members/{member.id}/role"' in asked.text
    assert '<input type="hidden" name="role" value="organiser">' in asked.text
    assert (role_of(member), audited()) == ("member", [])


def test_sec_18_the_right_password_does_it_and_gives_a_new_session(admin: Staff, member: User) -> None:
    admin.gave_password(minutes_ago=11)
    old = admin.client.get_cookie("session")
    assert old and promote(admin, member, **{FIELD: PASSWORD}).status_code == 303
    new = admin.client.get_cookie("session")
    assert new and new.value != old.value
    assert (role_of(member), audited()) == ("organiser", ["user.update"])
    given = db.session.scalars(sa.select(Session.authenticated_at)).one()
    assert dt.datetime.now(dt.UTC) - given < dt.timedelta(minutes=1)
    assert promote(admin, make_user()).status_code == 303  # it counts for what comes next
    admin.client.set_cookie("session", old.value)
    assert admin.get("members/").headers["Location"].startswith("/login")


def test_sec_18_a_wrong_password_does_nothing_and_counts_as_a_guess(admin: Staff, member: User) -> None:
    admin.gave_password(minutes_ago=11)
    answers = [promote(admin, member, **{FIELD: "wrong"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "This is not your password." in answers[0].text and 'value="organiser"' in answers[0].text
    assert int(answers[-1].headers["Retry-After"]) > 0 and 'value="organiser"' in answers[-1].text
    assert promote(admin, member, **{FIELD: PASSWORD}).status_code == 429
    assert (role_of(member), audited()) == ("member", [])


def test_sec_18_another_members_password_is_a_wrong_one(admin: Staff, member: User) -> None:
    admin.gave_password(minutes_ago=11)
    with atomic() as session:
        session.execute(sa.update(User).where(User.id == admin.user.id).values(password_hash=None))
    assert promote(admin, member, **{FIELD: PASSWORD}).status_code == 422


def test_sec_18_the_password_is_kept_and_logged_nowhere(
    admin: Staff, member: User, caplog: pytest.LogCaptureFixture
) -> None:
    admin.gave_password(minutes_ago=11)
    refused = promote(admin, member, **{FIELD: "a secret that is wrong"})
    assert "a secret that is wrong" not in refused.text + caplog.text
    promote(admin, member, **{FIELD: PASSWORD})
    entries = db.session.execute(sa.select(AuditEntry.before, AuditEntry.after)).all()
    assert PASSWORD not in str(entries) + caplog.text


def test_sec_18_no_entry_stays_of_what_was_rolled_back(admin: Staff, member: User) -> None:
    manager = Manager(admin.user.id, of_all=True)
    with pytest.raises(RuntimeError, match="after all"), atomic():
        service.update_user(member.id, {"role": "organiser"}, admin.user.id)
        service.create_token(member.id, "CI", ["send"], None, admin.user.id)
        create_topic(manager, {"key": "rust", "label": {"fr": "R", "en": "R"}, "is_open": True})
        add_members(manager, "rust", [str(member.id)])
        raise RuntimeError("after all")
    assert (role_of(member), audited()) == ("member", [])


def test_sec_18_nothing_is_done_where_its_entry_cannot_be_written(
    admin: Staff, member: User, client: FlaskClient
) -> None:
    def refuse(_mapper: Any, _connection: Any, _entry: AuditEntry) -> None:
        raise RuntimeError("the log cannot be written")

    sa.event.listen(AuditEntry, "before_insert", refuse)
    try:
        assert promote(admin, member).status_code == 500
    finally:
        sa.event.remove(AuditEntry, "before_insert", refuse)
    assert (role_of(member), audited()) == ("member", [])


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action = 'nothing'", "DELETE FROM audit_entry"]
)
def test_sec_18_the_database_itself_refuses_to_change_the_log(
    admin: Staff, member: User, statement: str
) -> None:
    promote(admin, member)
    with pytest.raises(DBAPIError, match="append-only"), atomic() as session:
        session.execute(sa.text(statement))
    assert audited() == ["user.update"]
