"""Many at once: mark all, bulk, undo, delete what is read, and the counts that go with it."""

import pytest

from tests.callers import Caller, People, errors_of
from tests.notifications.mailbox import FUTURE, PAST, listed, make_topic, read_one, receive, unread_count


def mark_all(member: Caller, **body: object) -> dict:
    response = member.post("notifications/mark_all_as_read/", body or None)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def bulk(member: Caller, action: str, **selection: object) -> dict:
    response = member.post("notifications/bulk/", {"action": action, **selection})
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def undo(member: Caller, token: str) -> dict:
    response = member.post("notifications/bulk/undo/", {"undo_token": token})
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def unread(member: Caller) -> list[int]:
    return listed(member, "?is_read=false")


@pytest.fixture
def mailbox(people: People) -> list[int]:
    """Five notifications, newest first; a bystander has one too."""
    receive(people.other)
    kinds = ("announcement", "mention", "comment", "mention", "announcement")
    return [receive(people.member, kind) for kind in kinds][::-1]


def test_unread_notifications_are_counted_by_type(people: People, mailbox: list[int]):
    people.member.post(f"notifications/{mailbox[0]}/mark_as_read/")
    answer = people.member.get("notifications/unread_count/").get_json()
    assert answer == {"unread_count": 4, "by_type": {"announcement": 1, "mention": 2, "comment": 1}}
    assert unread_count(people.admin) == 0


def test_all_is_read_and_nobody_elses(people: People, mailbox: list[int]):
    assert mark_all(people.member) == {"updated": 5, "unread_count": 0}
    assert mark_all(people.member) == {"updated": 0, "unread_count": 0}
    assert unread_count(people.other) == 1
    assert read_one(people.member, mailbox[0])["seen_at"]


def test_an_empty_object_or_no_body_marks_all(people: People, mailbox: list[int]):
    assert people.member.post("notifications/mark_all_as_read/", {}).get_json()["updated"] == 5


def test_an_admin_marks_their_own_only(people: People, mailbox: list[int]):
    receive(people.admin)
    assert mark_all(people.admin) == {"updated": 1, "unread_count": 0}
    assert unread_count(people.member) == 5


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"notification_type": ["mention"]}, [0, 2, 4]),
        ({"notification_type": ["mention", "comment"]}, [0, 4]),
        ({"is_read": False}, []),
        ({"is_read": True}, [0, 1, 2, 3, 4]),
        ({"priority": "urgent"}, [0, 1, 2, 3, 4]),
        ({"topic": "rust"}, [0, 1, 2, 3, 4]),
        ({"search": "TITLÉ"}, []),
        ({"search": "nowhere"}, [0, 1, 2, 3, 4]),
        ({"created_after": FUTURE}, [0, 1, 2, 3, 4]),
        ({"created_before": FUTURE}, []),
        ({"archived": False, "snoozed": False}, []),
    ],
)
def test_the_filters_of_the_list_narrow_marking(
    people: People, mailbox: list[int], body: dict, left: list[int]
):
    answer = mark_all(people.member, **body)
    assert unread(people.member) == [mailbox[i] for i in left]
    assert answer == {"updated": 5 - len(left), "unread_count": len(left)}


def test_a_topic_is_marked_as_read(people: People):
    topic = make_topic("rust", people.member)
    words = {"notification_type": "announcement", "title": "A", "message": "B"}
    people.admin.post("notifications/", {**words, "topic": topic})
    other = receive(people.member)
    assert mark_all(people.member, topic=topic)["updated"] == 1
    assert unread(people.member) == [other]


def test_what_arrived_after_the_newest_on_screen_stays_unread(people: People, mailbox: list[int]):
    newer = receive(people.member)
    assert mark_all(people.member, up_to=mailbox[0]) == {"updated": 5, "unread_count": 1}
    assert unread(people.member) == [newer]
    assert mark_all(people.member, up_to=newer)["unread_count"] == 0


def test_up_to_names_one_of_ones_own(people: People, mailbox: list[int]):
    (foreign,) = listed(people.other)
    for number in (foreign, 999999):
        for path, body in (
            ("mark_all_as_read/", {}),
            ("bulk/", {"action": "read", "filters": {}}),
        ):
            response = people.member.post(f"notifications/{path}", {**body, "up_to": number})
            assert list(errors_of(response)) == ["up_to"]
    assert unread_count(people.member) == 5


def test_archived_ones_are_marked_only_when_asked_for(people: People, mailbox: list[int]):
    people.member.post(f"notifications/{mailbox[0]}/archive/")
    assert mark_all(people.member)["updated"] == 4
    assert mark_all(people.member, archived=True) == {"updated": 1, "unread_count": 0}


def test_each_bulk_action_works_by_id(people: People, mailbox: list[int]):
    chosen = mailbox[:2]
    for action, selection, query in (
        ("read", {}, "?is_read=true"),
        ("unread", {}, None),
        ("seen", {}, None),
        ("archive", {}, "?archived=true"),
        ("unarchive", {}, None),
        ("snooze", {"until": FUTURE}, "?snoozed=true"),
        ("unsnooze", {}, None),
    ):
        answer = bulk(people.member, action, ids=chosen, **selection)
        assert answer["updated"] == (2 if action != "seen" else 0), action
        assert answer["unread_count"] == unread_count(people.member)
        assert listed(people.member, query or "?page_size=2") == chosen, action
    assert bulk(people.member, "delete", ids=chosen)["updated"] == 2
    assert listed(people.member) == mailbox[2:]


def test_each_bulk_action_works_by_filter(people: People, mailbox: list[int]):
    mentions = [mailbox[1], mailbox[3]]
    for action, filters, more in (
        ("seen", {}, {}),
        ("read", {}, {}),
        ("unread", {"is_read": True}, {}),
        ("archive", {}, {}),
        ("unarchive", {"archived": True}, {}),
        ("snooze", {}, {"until": FUTURE}),
        ("unsnooze", {"snoozed": True}, {}),
        ("delete", {}, {}),
    ):
        answer = bulk(people.member, action, filters={"notification_type": ["mention"], **filters}, **more)
        assert answer["updated"] == len(mentions), action
    assert listed(people.member) == [mailbox[0], mailbox[2], mailbox[4]]


def test_bulk_ends_at_the_newest_on_screen(people: People, mailbox: list[int]):
    assert bulk(people.member, "archive", filters={}, up_to=mailbox[2])["updated"] == 3
    assert listed(people.member) == mailbox[:2]


def test_foreign_and_unknown_ids_are_nothing_to_change(people: People, mailbox: list[int]):
    (foreign,) = listed(people.other)
    assert bulk(people.member, "delete", ids=[foreign, 999999, mailbox[0]])["updated"] == 1
    assert listed(people.other) == [foreign]
    assert bulk(people.admin, "read", ids=mailbox)["updated"] == 0


@pytest.mark.parametrize(
    ("action", "more"),
    [("read", {}), ("seen", {}), ("archive", {}), ("snooze", {"until": FUTURE}), ("delete", {})],
)
def test_undoing_restores_what_was(people: People, mailbox: list[int], action: str, more: dict):
    before = [read_one(people.member, number) for number in mailbox]
    token = bulk(people.member, action, filters={}, **more)["undo_token"]
    assert undo(people.member, token) == {"updated": 5, "unread_count": 5}
    assert [read_one(people.member, number) for number in mailbox] == before
    assert undo(people.member, token) == {"updated": 0, "unread_count": 5}


@pytest.mark.parametrize(
    ("first", "back", "place"),
    [("read", "unread", ""), ("archive", "unarchive", "archived"), ("snooze", "unsnooze", "snoozed")],
)
def test_undoing_the_way_back_restores_too(
    people: People, mailbox: list[int], first: str, back: str, place: str
):
    more = {"until": FUTURE} if first == "snooze" else {}
    bulk(people.member, first, filters={}, **more)
    before = [read_one(people.member, number) for number in mailbox]
    token = bulk(people.member, back, filters={place: True} if place else {})["undo_token"]
    assert undo(people.member, token)["updated"] == 5
    assert [read_one(people.member, number) for number in mailbox] == before


def test_what_was_changed_since_is_left_alone(people: People, mailbox: list[int]):
    token = bulk(people.member, "archive", ids=mailbox[:3])["undo_token"]
    people.member.post(f"notifications/{mailbox[0]}/mark_as_read/")
    people.member.patch(f"notifications/{mailbox[1]}/", {"archived": False})
    assert undo(people.member, token)["updated"] == 1
    assert listed(people.member, "?archived=true") == [mailbox[0]]


def test_only_what_the_action_changed_is_undone(people: People, mailbox: list[int]):
    mark_all(people.member, up_to=mailbox[3])
    token = bulk(people.member, "read", filters={})["undo_token"]
    undo(people.member, token)
    assert unread(people.member) == mailbox[:3]


def test_an_undo_token_is_its_owners(people: People, mailbox: list[int]):
    token = bulk(people.member, "delete", filters={})["undo_token"]
    assert undo(people.other, token) == {"updated": 0, "unread_count": 1}
    assert undo(people.admin, token)["updated"] == 0
    assert undo(people.member, token)["updated"] == 5


def test_what_is_no_undo_token_is_refused(people: People):
    tokens: list[object] = [
        "",
        "x",
        "0",
        "-1",
        "1.5",
        "9223372036854775808",
        "٣",
        "9" * 21,
        5,
        None,
        True,
        [],
    ]
    for token in tokens:
        response = people.member.post("notifications/bulk/undo/", {"undo_token": token})
        assert list(errors_of(response)) == ["undo_token"], token
    assert list(errors_of(people.member.post("notifications/bulk/undo/"))) == ["undo_token"]


def test_what_is_read_is_deleted_and_the_archive_stays(people: People, mailbox: list[int]):
    for number, action in (
        (mailbox[0], "mark_as_read"),
        (mailbox[1], "mark_as_read"),
        (mailbox[1], "archive"),
    ):
        people.member.post(f"notifications/{number}/{action}/")
    people.other.post("notifications/mark_all_as_read/")
    assert people.member.delete("notifications/delete_all_read/").get_json() == {"deleted": 1}
    assert listed(people.member) == mailbox[2:]
    assert listed(people.member, "?archived=true") == [mailbox[1]]
    assert len(listed(people.other)) == 1
    assert people.member.delete("notifications/delete_all_read/").get_json() == {"deleted": 0}


WRONG_BULKS = [
    ({}, {"action"}),
    ({"action": "read"}, {"ids"}),
    ({"action": "explode", "ids": [1]}, {"action"}),
    ({"action": None, "ids": [1]}, {"action"}),
    ({"action": ["read"], "ids": [1]}, {"action"}),
    ({"action": "read", "ids": []}, {"ids"}),
    ({"action": "read", "ids": list(range(1, 1002))}, {"ids"}),
    ({"action": "read", "ids": [1, "2"]}, {"ids.1"}),
    ({"action": "read", "ids": [True]}, {"ids.0"}),
    ({"action": "read", "ids": [1.0]}, {"ids.0"}),
    ({"action": "read", "ids": "1"}, {"ids"}),
    ({"action": "read", "ids": [1], "filters": {}}, {"ids"}),
    ({"action": "read", "ids": [1], "up_to": 1}, {"up_to"}),
    ({"action": "read", "ids": [1], "until": FUTURE}, {"until"}),
    ({"action": "snooze", "ids": [1]}, {"until"}),
    ({"action": "snooze", "ids": [1], "until": PAST}, {"until"}),
    ({"action": "snooze", "ids": [1], "until": 5}, {"until"}),
    ({"action": "read", "filters": []}, {"filters"}),
    ({"action": "read", "filters": None}, {"filters"}),
    ({"action": "read", "filters": {"is_read": "true"}}, {"filters.is_read"}),
    ({"action": "read", "filters": {"recipient": 1}}, {"filters.recipient"}),
    ({"action": "read", "filters": {"notification_type": "mention"}}, {"filters.notification_type"}),
    ({"action": "read", "filters": {"notification_type": [5]}}, {"filters.notification_type.0"}),
    ({"action": "read", "filters": {"search": "x" * 201}}, {"filters.search"}),
    ({"action": "read", "filters": {"created_after": "x"}}, {"filters.created_after"}),
    ({"action": "read", "filters": {}, "up_to": "5"}, {"up_to"}),
    ({"action": "read", "filters": {}, "surprise": 1}, {"surprise"}),
]


def test_a_wrong_bulk_names_its_fault(people: People, mailbox: list[int]):
    for body, fields in WRONG_BULKS:
        assert set(errors_of(people.member.post("notifications/bulk/", body))) == fields, body
    assert unread_count(people.member) == 5


def test_a_wrong_marking_names_its_fault(people: People, mailbox: list[int]):
    for name, value in (("up_to", "5"), ("up_to", True), ("is_read", 1), ("ids", [1]), ("recipient", 1)):
        response = people.member.post("notifications/mark_all_as_read/", {name: value})
        assert list(errors_of(response)) == [name], value
    assert unread_count(people.member) == 5
