"""Folding: what is unread and shares a group key is one row, the newest, that says what it stands for."""

from typing import Any

import pytest
import sqlalchemy as sa

from hackitech.models.notification import Notification
from tests.callers import Caller, People, errors_of
from tests.factories import make_user
from tests.notifications.crowd import fill, put_in_groups
from tests.notifications.mailbox import ids, listed, receive, unread_count

KEY = "project:12"


def folded(member: Caller, query: str = "") -> list[dict[str, Any]]:
    """Return the rows of a folded list."""
    response = member.get(f"notifications/?folded=true&{query}")
    assert response.status_code == 200, response.get_data(as_text=True)
    rows: list[dict[str, Any]] = response.get_json()["results"]
    return rows


def folded_ids(member: Caller, query: str = "") -> list[int]:
    return [row["id"] for row in folded(member, query)]


def give_group(member: Caller, key: str, amount: int) -> None:
    """Give a member so many unread ones of a group, the newest of all."""
    fill(member.id, amount)
    newest = sa.select(Notification.id).order_by(Notification.id.desc()).limit(amount)
    put_in_groups(Notification.id.in_(newest.scalar_subquery()), key)


def test_the_newest_of_a_group_stands_for_all_that_are_unread(people: People):
    first = receive(people.member, group_key=KEY)
    alone = receive(people.member)
    receive(people.member, group_key=KEY)
    other = receive(people.member, group_key="project:13")
    last = receive(people.member, group_key=KEY)
    assert folded_ids(people.member) == [last, other, alone]
    assert folded_ids(people.member, "is_read=false") == [last, other, alone]
    assert len(listed(people.member)) == 5 and unread_count(people.member) == 5
    people.member.post(f"notifications/{last}/mark_as_read/")
    people.member.post(f"notifications/{first}/mark_as_read/")
    assert folded_ids(people.member) == [last, other, last - 2, alone, first]


def test_a_row_counts_events_and_apart_from_them_who_did_it(people: People):
    ana, ben, cleo = (make_user(name=name) for name in ("Ana", "Ben", "Cleo"))
    for actor in (ben, cleo, cleo, None, ana, ana):
        receive(people.member, group_key=KEY, actor=actor)
    receive(people.member)
    alone, row = folded(people.member)
    assert row["group"] == {"events": 6, "actors": 3, "actor_names": ["Ana", "Cleo"]}
    assert alone["group"] is None
    receive(people.member, group_key=KEY)
    assert folded(people.member)[0]["group"] == {"events": 7, "actors": 3, "actor_names": ["Ana"]}


def test_a_group_is_one_members_own(people: People):
    mine = receive(people.member, group_key=KEY)
    theirs = receive(people.other, group_key=KEY)
    assert folded_ids(people.member) == [mine]
    assert folded(people.member)[0]["group"]["events"] == 1
    assert folded_ids(people.admin) == [theirs, mine]


def test_a_type_filter_folds_what_it_shows(people: People):
    comment = receive(people.member, "comment", group_key=KEY, title="a", message="b")
    older = receive(people.member, "comment", group_key=KEY, title="a", message="b")
    newer = receive(people.member, group_key=KEY)
    assert folded_ids(people.member) == [newer]
    (row,) = folded(people.member, "notification_type=comment")
    assert row["id"] == older and row["group"]["events"] == 2 and comment < older


def test_a_group_lists_its_unread_ones(people: People):
    numbers = [receive(people.member, group_key=KEY) for _ in range(3)]
    receive(people.member, group_key="project:13")
    assert listed(people.member, f"?group={KEY}") == numbers[::-1]
    people.member.post(f"notifications/{numbers[1]}/mark_as_read/")
    assert listed(people.member, f"?group={KEY}") == [numbers[2], numbers[0]]
    body = {"action": "archive", "filters": {"group": KEY}}
    assert people.member.post("notifications/bulk/", body).get_json()["updated"] == 2
    assert listed(people.member, f"?group={KEY}&is_read=false") == []


def test_pages_of_a_folded_list_neither_repeat_nor_leave_out(people: People):
    keys = ["a", "b", None, "a", "a", None, "c", "b", "a", None, "c", "d"] * 3
    numbers = {receive(people.member, group_key=key): key for key in keys}
    expected, seen = [], set()
    for number in sorted(numbers, reverse=True):
        key = numbers[number]
        if key is None or key not in seen:
            expected.append(number)
        seen.add(key)
    for size in (1, 2, 5, 100):
        pages, address, back = [], f"notifications/?folded=true&page_size={size}", None
        while address:
            answer = people.member.get(address).get_json()
            pages.append([row["id"] for row in answer["results"]])
            address, back = answer["next"], answer["previous"]
        assert [number for page in pages for number in page] == expected
        if back:
            assert ids(people.member.get(back)) == pages[-2]
    ascending = folded_ids(people.member, "ordering=created_at&page_size=100")
    assert ascending == expected[::-1]


def test_a_huge_group_makes_pages_short_and_nothing_slow(people: People, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hackitech.core.pagination.SIFTED", 200)
    below = receive(people.member)
    give_group(people.member, KEY, 450)
    shown, address, pages = [], "notifications/?folded=true", 0
    while address:
        answer = people.member.get(address).get_json()
        shown += [row["id"] for row in answer["results"]]
        address, pages = answer["next"], pages + 1
    assert len(shown) == 2 and shown[1] == below
    assert pages == 3


def test_no_more_than_a_thousand_are_counted(people: People):
    give_group(people.member, KEY, 1010)
    assert folded(people.member)[0]["group"]["events"] == 1000


def test_folding_goes_with_few_filters(people: People):
    for query in ("search=x", "priority=low", "topic=x", "group=x", "archived=true", "snoozed=true",
                  "created_after=2020-01-01T00:00:00Z"):  # fmt: skip
        response = people.member.get(f"notifications/?folded=true&{query}")
        assert list(errors_of(response)) == ["folded"], query
    for query in ("is_read=true", "archived=true", "snoozed=true"):
        assert list(errors_of(people.member.get(f"notifications/?group=x&{query}"))) == ["group"], query
    body = {"action": "read", "filters": {"group": "x", "archived": True}}
    assert list(errors_of(people.member.post("notifications/bulk/", body))) == ["filters.group"]
