"""Groups in the inbox: one row for what is unread of each, that opens, and stands for all of it."""

import re
from typing import Any

import pytest
from flask import Flask

from tests.factories import make_user
from tests.notifications.reader import Reader, badge, make_reader, removed, rows, tabs, undo_token

KEY = "project:12 & more"


@pytest.fixture
def reader(app: Flask, db_session: object) -> Reader:
    return make_reader(app)


@pytest.fixture
def group(reader: Reader) -> list[int]:
    """Three of a group, the newest first, between two that are in none."""
    ana, ben = make_user(name="Ana"), make_user(name="Ben")
    reader.receives("Below")
    received = [
        reader.receives(f"Comment {n}", group_key=KEY, actor=who) for n, who in enumerate((ben, ben, ana))
    ]
    reader.receives("Above")
    return received[::-1]


def link_of(page: Any) -> tuple[str, str]:
    """Return where the row of a group leads, and what it says."""
    found = re.search(r'<a class="row__group" href="([^"]+)"[^>]*>([^<]+)</a>', page.text)
    assert found, page.text
    return found[1].replace("&amp;", "&"), found[2]


def test_a_group_is_one_row_that_says_who_and_how_many(reader: Reader, group: list[int]) -> None:
    page = reader.get()
    assert rows(page) == [group[0] + 1, group[0], group[2] - 1]
    assert link_of(page)[1] == "Ana and 1 other · 3 notifications"
    assert tabs(page)["all"] == tabs(page)["unread"] == badge(page) == 5


def test_it_is_said_in_french(app: Flask, db_session: object) -> None:
    reader = make_reader(app, locale="fr")
    for n in range(9):
        reader.receives(group_key=KEY, actor=make_user(name=f"Ana {n}"))
    assert link_of(reader.get())[1] == "Ana 8 et 8 autres · 9 notifications"
    reader.receives(group_key="other")
    reader.receives(group_key="other")
    assert link_of(reader.get())[1] == "2 notifications"


def test_it_opens_with_and_without_a_script(reader: Reader, group: list[int]) -> None:
    url, _text = link_of(reader.get())
    page = reader.get(url)
    assert rows(page) == group and "row__group" not in page.text
    assert "Back to all notifications" in page.text
    part = reader.fetch(url, HX_Boosted="true", HX_Target="inbox-list")
    assert rows(part) == group and "<html" not in part.text


def test_in_the_other_tabs_and_in_a_search_each_stands_for_itself(reader: Reader, group: list[int]) -> None:
    assert reader.sees("?view=unread") == [group[0] + 1, group[0], group[2] - 1]
    assert reader.sees("?q=comment") == group
    reader.press("/inbox/bulk", ids=group[:1], action="archive", view="unread")
    assert reader.sees("?view=archived") == group


@pytest.mark.parametrize("path", ["/inbox/bulk", "/inbox/{}/archive"])
def test_what_is_done_to_the_row_is_done_to_all_that_it_stands_for(
    reader: Reader, group: list[int], path: str
) -> None:
    answer = reader.press(path.format(group[0]), ids=group[:1], action="archive")
    assert removed(answer) == group[:1]
    assert "3 archived." in answer.text and badge(answer) == 2
    reader.press("/inbox/undo", undo_token=undo_token(answer))
    assert reader.sees() == [group[0] + 1, group[0], group[2] - 1]


def test_once_read_they_stand_for_themselves(reader: Reader, group: list[int]) -> None:
    answer = reader.press(f"/inbox/{group[0]}/read")
    assert "3 marked as read." in answer.text
    assert rows(answer) == [group[0] + 1, *group, group[2] - 1]
    assert badge(answer) == 2


def test_what_came_after_the_row_was_shown_stays(reader: Reader, group: list[int]) -> None:
    later = reader.receives(group_key=KEY)
    reader.press(f"/inbox/{group[0]}/archive")
    assert reader.sees("?view=unread") == [later, group[0] + 1, group[2] - 1]


def test_in_an_open_group_an_action_is_about_one(reader: Reader, group: list[int]) -> None:
    answer = reader.press(f"/inbox/{group[0]}/read", group=KEY)
    assert removed(answer) == group[:1] and badge(answer) == 4
    answer = reader.press("/inbox/mark_all", group=KEY, up_to=group[1])
    assert badge(answer) == 2 and "You have read everything." in answer.text


def test_its_own_page_is_about_one(reader: Reader, group: list[int]) -> None:
    reader.press_on_page(f"/inbox/{group[0]}/archive")
    assert reader.sees() == [group[0] + 1, group[1], group[2] - 1]


def test_pages_go_on_behind_groups(reader: Reader) -> None:
    for n in range(60):
        reader.receives(f"Title {n}", group_key=f"key {n % 2}" if n % 3 else None)
    seen, url = [], "/inbox"
    while url:
        page = reader.get(url)
        seen += rows(page)
        more = re.search(r'id="more"><a class="button" href="([^"]+)"', page.text)
        url = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 22
