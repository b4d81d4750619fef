"""How the database finds a page: by its index, past nobody else's rows, however many lie on top."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.models.notification import Notification
from tests.callers import Caller, People, make_people
from tests.notifications.crowd import analyse, fill, put_in_groups
from tests.notifications.mailbox import ids
from tests.notifications.statements import explain, watched

THIRD, THEIRS = 100, 30_000
MINE = 3 * THIRD


@pytest.fixture
def people(app: Flask, db_session: object) -> People:
    """A member whose notifications lie below 30,000 newer ones of another."""
    people = make_people(app)
    for archived, read in ((False, False), (True, False), (False, True)):
        fill(people.member.id, THIRD, archived=archived, read=read)
    fill(people.other.id, THEIRS)
    put_in_groups(Notification.id % 3 == 0, "project:" + sa.cast(Notification.id % 50, sa.String))
    if db.engine.dialect.name == "postgresql":
        analyse()  # as it does by itself in time; SQLite never does
    return people


def page(reader: Caller, query: str = "", *, deep: bool = False) -> Callable[[], Any]:
    """Return a request for the first page, or for the third."""
    address = f"notifications/?page_size=20&{query}"
    for _ in "12" if deep else "":
        address = reader.get(address).get_json()["next"]
    return lambda: ids(reader.get(address))


def back(reader: Caller) -> Callable[[], Any]:
    address = reader.get("notifications/?page_size=20").get_json()["next"]
    address = reader.get(address).get_json()["previous"]
    return lambda: ids(reader.get(address))


def simulation(reader: Caller) -> Callable[[], Any]:
    reader.get("types/")  # fills the cache of types
    return lambda: reader.post("preferences/simulate/")


REQUESTS: dict[str, Callable[[People], Callable[[], Any]]] = {
    "list": lambda p: page(p.member),
    "deep page": lambda p: page(p.member, deep=True),
    "previous page": lambda p: back(p.member),
    "oldest first": lambda p: page(p.member, "ordering=created_at", deep=True),
    "unread": lambda p: page(p.member, "is_read=false"),
    "unread, deep": lambda p: page(p.member, "is_read=false", deep=True),
    "archived": lambda p: page(p.member, "archived=true"),
    "archived, deep": lambda p: page(p.member, "archived=true", deep=True),
    "snoozed": lambda p: page(p.member, "snoozed=true"),
    "by type": lambda p: page(p.member, "notification_type=announcement", deep=True),
    "search": lambda p: page(p.member, "search=title"),
    "folded": lambda p: page(p.member, "folded=true"),
    "folded, deep": lambda p: page(p.member, "folded=true&is_read=false", deep=True),
    "a group": lambda p: page(p.member, "group=project:12"),
    "one member's, as an admin": lambda p: page(p.admin, f"recipient={p.member.id}", deep=True),
    "what did not come": lambda p: lambda: ids(p.member.get("suppressed/")),
    "what would have come": lambda p: simulation(p.member),
    "one": lambda p: lambda: p.member.get(f"notifications/{page(p.member)()[0]}/"),
    "mark one": lambda p: lambda: p.member.post(f"notifications/{page(p.member)()[0]}/mark_as_read/"),
    "mark all": lambda p: lambda: p.member.post("notifications/mark_all_as_read/"),
    "delete what is read": lambda p: lambda: p.member.delete("notifications/delete_all_read/"),
}


def test_no_request_walks_over_the_notifications_of_others(people: People):
    for name, prepare in REQUESTS.items():
        request = prepare(people)
        with watched() as statements:
            request()
        accesses = [line for statement in statements for line in explain(*statement)]
        assert accesses, name
        for access in accesses:
            assert uses_an_index(access), (name, access)


def uses_an_index(access: str) -> bool:
    """Return whether only rows of the member, or single rows, are looked at."""
    if access.startswith("SCAN") or "Seq Scan" in access:
        return False
    looked_at = re.search(r"(\d+) rows looked at", access)
    if looked_at is None:
        return "(recipient_id=?" in access or "INTEGER PRIMARY KEY (rowid=?)" in access
    return int(looked_at[1]) <= MINE


OFTEN = 12
"""After as many times a statement is prepared, and one plan may serve it whatever the parameters."""
READ = sa.text("""
    SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables
     WHERE relname = 'notification'""")


@pytest.mark.postgres_only
def test_nor_does_one_whose_plan_is_kept_because_it_comes_so_often(people: People):
    for name, prepare in REQUESTS.items():
        request = prepare(people)
        for _ in range(OFTEN):
            request()
        before = read_so_far()
        request()
        assert read_so_far() - before <= 10 * MINE, name


def read_so_far() -> int:
    """Return how many rows of the table of notifications were read, by the one connection that there is."""
    db.session.execute(sa.text("SELECT pg_stat_force_next_flush()"))
    return int(db.session.scalar(READ) or 0)


def test_counting_the_unread_looks_at_no_notification(people: People):
    with watched() as statements:
        assert people.member.get("notifications/unread_count/").get_json()["unread_count"] == THIRD
        assert people.other.get("notifications/unread_count/").get_json()["unread_count"] == THEIRS
    assert [line for statement in statements for line in explain(*statement)] == []
