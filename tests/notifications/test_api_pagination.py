"""Pages: both ways, whatever arrives meanwhile, and cursors that nobody made."""

import base64
import json

import pytest

from tests.callers import Caller, People, errors_of
from tests.notifications.mailbox import FUTURE, ids, listed, receive


def walk(reader: Caller, address: str, direction: str = "next") -> list[list[int]]:
    """Follow a list's links to its end and return the ids of each page."""
    pages = []
    link: str | None = address
    while link is not None:
        response = reader.get(link)
        pages.append(ids(response))
        link = response.get_json()[direction]
        assert len(pages) < 20
    return pages


@pytest.fixture
def mailbox(people: People) -> list[int]:
    """Seven notifications, newest first."""
    return [receive(people.member) for _ in range(7)][::-1]


@pytest.mark.parametrize("order", ["-created_at", "created_at"])
def test_every_page_is_reached_once_forwards_and_backwards(people: People, mailbox: list[int], order: str):
    expected = mailbox if order == "-created_at" else mailbox[::-1]
    pages = [expected[:3], expected[3:6], expected[6:]]
    first = f"notifications/?page_size=3&ordering={order}"
    assert walk(people.member, first) == pages
    second = people.member.get(people.member.get(first).get_json()["next"]).get_json()
    last = people.member.get(second["next"]).get_json()
    assert last["next"] is None
    assert walk(people.member, last["previous"], "previous") == pages[1::-1]


def test_the_first_page_has_no_previous_and_a_page_that_fits_has_no_next(people: People, mailbox: list[int]):
    answer = people.member.get("notifications/?page_size=7").get_json()
    assert (answer["next"], answer["previous"]) == (None, None)
    answer = people.member.get("notifications/?page_size=6").get_json()
    assert answer["next"] and answer["previous"] is None


def test_links_are_absolute_and_keep_the_filters(people: People):
    made = [receive(people.member, kind) for kind in ("mention", "comment", "announcement") * 2]
    query = "?notification_type=mention&notification_type=comment&page_size=2&search=titl%C3%A9&is_read=false"
    answer = people.member.get(f"notifications/{query}").get_json()
    assert answer["next"].startswith("http://")
    assert ids(people.member.get(answer["next"])) == [made[1], made[0]]
    assert answer["results"][0]["id"] == made[4]


def test_what_arrives_meanwhile_moves_nothing(people: People, mailbox: list[int]):
    first = people.member.get("notifications/?page_size=3").get_json()
    newer = receive(people.member)
    second = people.member.get(first["next"])
    assert ids(second) == mailbox[3:6]
    assert ids(people.member.get(second.get_json()["previous"])) == mailbox[:3]
    back = people.member.get(second.get_json()["previous"]).get_json()
    assert ids(people.member.get(back["previous"])) == [newer]


def test_what_is_deleted_meanwhile_moves_nothing(people: People, mailbox: list[int]):
    first = people.member.get("notifications/?page_size=3").get_json()
    people.member.delete(f"notifications/{mailbox[2]}/")
    assert ids(people.member.get(first["next"])) == mailbox[3:6]


def test_beyond_the_end_there_is_an_empty_page(people: People, mailbox: list[int]):
    link = people.member.get("notifications/?page_size=6").get_json()["next"]
    people.member.delete(f"notifications/{mailbox[6]}/")
    answer = people.member.get(link).get_json()
    assert (answer["results"], answer["next"]) == ([], None)


def test_other_places_have_pages_too(people: People, mailbox: list[int]):
    for number in mailbox[:3]:
        people.member.post(f"notifications/{number}/archive/")
    for number in mailbox[3:]:
        people.member.post(f"notifications/{number}/snooze/", {"until": FUTURE})
    assert walk(people.member, "notifications/?archived=true&page_size=2") == [mailbox[:2], mailbox[2:3]]
    assert walk(people.member, "notifications/?snoozed=true&page_size=2") == [mailbox[3:5], mailbox[5:]]


def test_an_admins_list_of_everybody_has_pages(people: People, mailbox: list[int]):
    own = receive(people.admin)
    assert walk(people.admin, "notifications/?page_size=5") == [[own, *mailbox[:4]], mailbox[4:]]


def test_twenty_by_default_and_a_hundred_at_most(people: People):
    made = [receive(people.member) for _ in range(22)][::-1]
    assert listed(people.member) == made[:20]
    assert listed(people.member, "?page_size=100") == made
    assert listed(people.member, "?page_size=1") == made[:1]


def cursors() -> list[str]:
    """Return cursors that nobody was given."""
    far = 2**70
    values: list[object] = [
        [], [0], [0, 1], [0, 1, 2, 3], [2, 5, 5], [0, "x", 1], [0, 1, "1"], [0, None, 1], [0, 1, None],
        [0, far, 1], [0, 1, far], [0, -far, 1], [0, 1, 1.5], [0, 1, True], [0, [], 1], [0, {}, 1],
        {"a": 1}, 5, "text", None, [None, 1, 1],
    ]  # fmt: skip
    texts = [json.dumps(value) for value in values]
    texts += ["[0, NaN, 1]", "[0, Infinity, 1]", "[" * 5000, "[0, 1, " + "9" * 5000 + "]", ""]
    encoded = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in texts]
    return ["", "x", "é", "%00", "%ED%A0%80", "a" * 5001, "....", "=", *encoded]


def test_a_cursor_that_nobody_was_given_is_refused(people: People):
    for cursor in cursors():
        response = people.member.get(f"notifications/?cursor={cursor}")
        assert list(errors_of(response)) == ["cursor"] or "%" in cursor, cursor


def test_a_cursor_of_another_list_is_refused(people: People, mailbox: list[int]):
    link = people.admin.get("notifications/?page_size=2").get_json()["next"]
    cursor = link.split("cursor=")[1].split("&")[0]
    assert list(errors_of(people.member.get(f"notifications/?cursor={cursor}"))) == ["cursor"]


def test_a_cursor_shows_nobody_elses(people: People, mailbox: list[int]):
    others = receive(people.other)
    link = people.member.get("notifications/?page_size=2").get_json()["next"]
    assert others not in ids(people.other.get(link)) + ids(people.member.get(link))
    assert set(ids(people.other.get(link))).isdisjoint(mailbox)
