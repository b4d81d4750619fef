"""A request sends the same number of statements whatever the size of the mailbox."""

from collections.abc import Callable
from typing import Any

import pytest

from hackitech.catalog.lookup import forget_types
from tests.callers import Caller, People
from tests.notifications.crowd import fill
from tests.notifications.mailbox import created, listed
from tests.notifications.statements import watched

SMALL, LARGE = 10, 200
MOST = 10
"""No request of these needs more; who calls is one of them."""


def deep(reader: Caller) -> Any:
    """Read a page that lies behind others."""
    first = reader.get("notifications/?page_size=4").get_json()["next"]
    return lambda: reader.get(first)


def one(reader: Caller, action: str) -> Callable[[], Any]:
    (number,) = listed(reader, "?page_size=1")
    return lambda: reader.post(f"notifications/{number}/{action}/")


REQUESTS: dict[str, Callable[[Caller, Caller], Callable[[], Any]]] = {
    "list": lambda reader, _: lambda: reader.get("notifications/"),
    "list all": lambda reader, _: lambda: reader.get("notifications/?page_size=100"),
    "list filtered": lambda reader, _: lambda: reader.get("notifications/?search=title&is_read=false"),
    "list folded": lambda reader, _: lambda: reader.get("notifications/?folded=true"),
    "deep page": lambda reader, _: deep(reader),
    "everybody": lambda _, admin: lambda: admin.get("notifications/?page_size=100"),
    "unread count": lambda reader, _: lambda: reader.get("notifications/unread_count/"),
    "what did not come": lambda reader, _: lambda: reader.get("suppressed/"),
    "mark as read": lambda reader, _: one(reader, "mark_as_read"),
    "archive": lambda reader, _: one(reader, "archive"),
    "mark all": lambda reader, _: lambda: reader.post("notifications/mark_all_as_read/"),
    "bulk": lambda reader, _: (
        lambda: reader.post("notifications/bulk/", {"action": "archive", "filters": {}})
    ),
    "create": lambda reader, admin: lambda: created(admin, recipient=reader.id),
    "create for all": lambda reader, admin: lambda: created(admin, all=True),
}


@pytest.fixture
def people(people: People, db_session: object, monkeypatch: pytest.MonkeyPatch) -> People:
    """The same, where the types are read once and kept for the whole test."""
    monkeypatch.setitem(people.admin.client.application.config, "CATALOG_CACHE", 600)
    forget_types()
    return people


def count(request: Callable[[], Any]) -> int:
    with watched() as statements:
        request()
    return len(statements)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_large_mailbox_takes_no_more_statements(people: People, name: str):
    for member, amount in ((people.member, SMALL), (people.other, LARGE)):
        fill(member.id, amount)
        created(people.admin, recipient=member.id)  # whatever is read once and kept has been read
    members = (people.member, people.other)
    small, large = (count(REQUESTS[name](member, people.admin)) for member in members)
    assert small == large <= MOST
