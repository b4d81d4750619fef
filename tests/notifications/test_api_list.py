"""The list: what is in it, in which order, and how filters narrow it."""

import pytest

from tests.callers import Caller, People, errors_of, make_caller
from tests.notifications.mailbox import FUTURE, created, listed, make_topic, receive

FIELDS = {
    "id", "recipient", "actor", "notification_type", "title", "message", "action_url", "data", "priority",
    "topic", "group_key", "is_read", "read_at", "seen_at", "archived_at", "snoozed_until", "expires_at",
    "created_at",
}  # fmt: skip


def test_a_notification_has_every_field_of_the_contract(people: People):
    fields = {
        "actor": people.other.id,
        "action_url": "/teams/12",
        "data": {"team": 12},
        "priority": "high",
        "group_key": "team:12",
        "expires_at": FUTURE,
    }
    created(people.admin, recipient=people.member.id, **fields)
    (shown,) = people.member.get("notifications/").get_json()["results"]
    assert shown.keys() >= FIELDS
    assert shown["recipient"] == people.member.id
    assert shown["actor"]["id"] == people.other.id and shown["actor"]["name"].startswith("Member")
    for name in ("action_url", "data", "priority", "group_key", "expires_at"):
        assert shown[name] == fields[name]
    assert shown["is_read"] is False
    assert [shown[name] for name in ("read_at", "seen_at", "archived_at", "snoozed_until")] == [None] * 4
    assert shown["created_at"].endswith("Z")


def test_the_list_is_ones_own_newest_first(people: People):
    mine = [receive(people.member) for _ in range(3)]
    receive(people.other)
    assert people.member.get("notifications/").get_json().keys() == {"next", "previous", "results"}
    assert listed(people.member) == mine[::-1]
    assert listed(people.member, "my_notifications/") == mine[::-1]


def test_everything_is_said_in_the_language_of_the_caller(people: People):
    french = make_caller(people.member.client.application, locale="fr")
    title, message = {"fr": "Bonjour", "en": "Hello"}, {"fr": "Tout va bien", "en": "All is well"}
    created(people.admin, recipients=[people.member.id, french.id], title=title, message=message)
    for reader, language in ((french, "fr"), (people.member, "en")):
        (shown,) = reader.get("notifications/").get_json()["results"]
        assert (shown["title"], shown["message"]) == (title[language], message[language])


def test_an_admin_sees_everybodys_or_one_members_or_their_own(people: People):
    first, second, own = receive(people.member), receive(people.other), receive(people.admin)
    assert listed(people.admin) == [own, second, first]
    assert listed(people.admin, f"?recipient={people.member.id}") == [first]
    assert listed(people.admin, "my_notifications/") == [own]


def test_an_admins_token_without_the_scope_sees_its_own_only(people: People):
    receive(people.member)
    plain = make_caller(people.member.client.application, "admin", ("read", "write", "send"))
    own = receive(plain)
    assert listed(plain) == [own]
    assert plain.get(f"notifications/?recipient={people.member.id}").status_code == 422


def test_only_an_admin_asks_for_another_members(people: People):
    own = receive(people.member)
    receive(people.other)
    assert list(errors_of(people.member.get(f"notifications/?recipient={people.other.id}"))) == ["recipient"]
    assert listed(people.member, f"?recipient={people.member.id}") == [own]
    assert list(errors_of(people.admin.get("notifications/my_notifications/?recipient=1"))) == ["recipient"]


@pytest.fixture
def varied(people: People) -> dict[str, int]:
    """Notifications of which each stands out in one way."""
    topic = make_topic("rust", people.member)
    plain = {"notification_type": "announcement", "title": "Plain", "message": "Nothing"}
    made = {
        "plain": receive(people.member),
        "mention": receive(people.member, "mention"),
        "comment": receive(people.member, "comment"),
        "urgent": receive(people.member, priority="urgent"),
        "words": receive(people.member, title={"fr": "Réunion d’équipe", "en": "A 100% match"}),
    }
    created(people.admin, **plain, topic=topic)
    made["topic"] = listed(people.member)[0]
    for name, path in (("read", "mark_as_read"), ("archived", "archive")):
        made[name] = receive(people.member)
        people.member.post(f"notifications/{made[name]}/{path}/")
    made["snoozed"] = receive(people.member)
    people.member.post(f"notifications/{made['snoozed']}/snooze/", {"until": FUTURE})
    return made


INBOX = ["read", "topic", "words", "urgent", "comment", "mention", "plain"]


QUERIES = [
    ("", INBOX),
    ("archived=false&snoozed=false", INBOX),
    ("archived=true", ["archived"]),
    ("snoozed=true", ["snoozed"]),
    ("is_read=true", ["read"]),
    ("is_read=false", INBOX[1:]),
    ("is_read=false&archived=true", ["archived"]),
    ("is_read=true&archived=true", []),
    ("notification_type=mention", ["mention"]),
    ("notification_type=mention&notification_type=comment", ["comment", "mention"]),
    ("notification_type=nonsense", []),
    ("priority=urgent", ["urgent"]),
    ("priority=low", ["comment"]),
    ("topic=rust", ["topic"]),
    ("topic=none", []),
    ("search=reunion", ["words"]),
    ("search=R%C3%89UNION%20D%E2%80%99EQUIPE", ["words"]),
    ("search=%25", ["words"]),
    ("search=1__%25", []),
    ("search=match&is_read=false&priority=normal", ["words"]),
    ("search=plain", ["topic"]),
    ("search=", INBOX),
    ("ordering=created_at", INBOX[::-1]),
    ("ordering=-created_at", INBOX),
    ("created_after=2199-01-01T00:00:00Z", []),
    ("created_before=2199-01-01T00:00:00Z", INBOX),
    ("created_after=2020-01-01T01:00:00+01:00&created_before=2199-01-01T00:00:00%2B02:00", INBOX),
]


def test_every_filter_narrows_the_list(people: People, varied: dict[str, int]):
    names = {number: name for name, number in varied.items()}
    for query, expected in QUERIES:
        for reader, path in (
            (people.member, "?"),
            (people.member, "my_notifications/?"),
            (people.admin, f"?recipient={people.member.id}&"),
        ):
            assert [names[i] for i in listed(reader, path + query)] == expected, (path, query)


def test_times_of_creation_are_exact_bounds(people: People):
    made = [receive(people.member) for _ in range(3)]
    times = [people.member.get(f"notifications/{i}/").get_json()["created_at"] for i in made]
    assert listed(people.member, f"?created_after={times[0]}") == made[:0:-1]
    assert listed(people.member, f"?created_before={times[2]}") == made[1::-1]
    assert listed(people.member, f"?created_after={times[0]}&created_before={times[2]}") == [made[1]]


def test_what_in_app_does_not_show_is_in_no_list_or_count(people: People):
    people.member.post(
        "preferences/", {"notification_type": "announcement", "channel": "in_app", "enabled": False}
    )
    made = created(people.admin, recipient=people.member.id)
    for query in ("", "archived=true", "snoozed=true"):
        assert listed(people.member, f"?{query}") == []
    assert people.member.get("notifications/unread_count/").get_json() == {"unread_count": 0, "by_type": {}}
    assert people.member.get(f"notifications/{made['id']}/why/").status_code == 200


WRONG_QUERIES = [
    "is_read=maybe", "is_read=", "archived=2", "snoozed=yes", "priority=huge", "priority=",
    "created_after=yesterday", "created_after=2026-01-01", "created_after=2026-01-01T10:00:00",
    "created_before=0001-01-01T00:00:00Z", "created_before=9999-12-31T23:59:59-23:59",
    "created_after=%D9%A2026-01-01T10:00:00Z", "ordering=id", "ordering=", "search=%00",
    "search=" + "x" * 201, "topic=" + "x" * 101, "notification_type=" + "x" * 65, "topic=%00",
    "page_size=0", "page_size=101", "page_size=-1", "page_size=ten", "page_size=1.0", "page_size=",
    "page_size=99999999999999999999", "page_size=%D9%A5", "unknown=1", "page=2", "%00=1", "id=5",
]  # fmt: skip


def test_a_wrong_query_is_refused(people: People):
    for query in WRONG_QUERIES:
        for path in ("notifications/", "notifications/my_notifications/"):
            assert people.member.get(f"{path}?{query}").status_code == 422, (path, query)


def test_a_recipient_that_is_no_id_is_refused(people: People):
    for text in ("0", "-1", "x", "9223372036854775808", "", "true"):
        assert list(errors_of(people.admin.get(f"notifications/?recipient={text}"))) == ["recipient"], text


def test_an_unknown_recipient_has_nothing(people: People):
    receive(people.member)
    assert listed(people.admin, "?recipient=9223372036854775807") == []


def test_search_looks_through_title_and_message_in_both_languages(people: People):
    reader: Caller = people.member
    found = receive(reader, title={"fr": "Été", "en": "Summer"}, message={"fr": "Œuvre", "en": "Work_s"})
    receive(reader)
    for text in ("ete", "SUMMER", "oeuvre", "work_s"):
        assert listed(reader, f"?search={text}") == [found], text
