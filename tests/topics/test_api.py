"""Topics as members see, follow, mute and leave them."""

import datetime as dt

import pytest

from hackitech.core.clock import now
from tests.callers import Caller, People, errors_of, make_caller
from tests.topics.conftest import make_topic, put_into

OPEN, CLOSED = "rust", "jury"


@pytest.fixture(autouse=True)
def topics(people: People) -> None:
    make_topic(people.admin, OPEN, label={"fr": "Le langage Rust", "en": "The Rust language"})
    make_topic(people.admin, CLOSED, open=False)


def in_an_hour() -> str:
    return (now() + dt.timedelta(hours=1)).isoformat()


def keys(caller: Caller, path: str = "topics/") -> list[str]:
    return [topic["key"] for topic in caller.get(path).get_json()["results"]]


def test_a_stranger_is_let_nowhere(people: People):
    for method, path in [
        ("GET", "topics/"),
        ("POST", "topics/"),
        ("PATCH", f"topics/{OPEN}/"),
        ("GET", "topics/subscriptions/"),
        ("GET", f"topics/{OPEN}/subscription/"),
        ("PUT", f"topics/{OPEN}/subscription/"),
        ("DELETE", f"topics/{OPEN}/subscription/"),
        ("GET", f"topics/{OPEN}/members/"),
        ("PUT", f"topics/{OPEN}/members/1/"),
        ("DELETE", f"topics/{OPEN}/members/1/"),
    ]:
        assert people.stranger.send(method, path).status_code == 401, (method, path)


def test_an_open_topic_is_listed_in_the_callers_language(people: People, app):
    topic = {
        "key": OPEN,
        "label": "The Rust language",
        "open": True,
        "subscribed": False,
        "muted_until": None,
    }
    assert people.member.get("topics/").get_json()["results"] == [topic]
    french = make_caller(app, locale="fr").get("topics/").get_json()["results"]
    assert french == [{**topic, "label": "Le langage Rust"}]


def test_an_open_topic_is_followed_muted_and_left(people: People):
    path = f"topics/{OPEN}/subscription/"
    assert people.member.get(path).status_code == 404
    followed = people.member.put(path)
    assert followed.status_code == 200
    assert followed.get_json() == people.member.get(path).get_json()
    assert followed.get_json()["subscribed"] is True
    muted = people.member.put(path, {"muted_until": "2100-01-01T01:00:00+01:00"}).get_json()
    assert muted == {**followed.get_json(), "muted_until": "2100-01-01T00:00:00Z"}
    assert people.member.put(path, {}).get_json()["muted_until"] is None
    assert keys(people.member, "topics/subscriptions/") == [OPEN]
    assert people.member.delete(path).status_code == 204
    assert people.member.delete(path).status_code == 204
    assert people.member.get(path).status_code == 404
    assert keys(people.member, "topics/subscriptions/") == []


def test_following_is_ones_own(people: People):
    people.member.put(f"topics/{OPEN}/subscription/", {"muted_until": in_an_hour()})
    assert people.other.get("topics/").get_json()["results"][0]["subscribed"] is False
    assert people.other.get(f"topics/{OPEN}/subscription/").status_code == 404
    people.other.delete(f"topics/{OPEN}/subscription/")
    assert people.member.get(f"topics/{OPEN}/subscription/").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"muted_until": "2020-01-01T00:00:00Z"}, "muted_until"),
        ({"muted_until": "2100-01-01T00:00:00"}, "muted_until"),
        ({"muted_until": "tomorrow"}, "muted_until"),
        ({"muted_until": 4102444800}, "muted_until"),
        ({"muted_until": True}, "muted_until"),
        ({"muted_until": "99999-01-01T00:00:00Z"}, "muted_until"),
        ({"subscribed": True}, "subscribed"),
        ({"user": 1}, "user"),
    ],
)
def test_a_wrong_subscription_is_refused(people: People, body: dict, field: str):
    response = people.member.put(f"topics/{OPEN}/subscription/", body)
    assert list(errors_of(response)) == [field]
    assert keys(people.member, "topics/subscriptions/") == []


def test_a_member_of_a_closed_topic_mutes_and_leaves_it(people: People):
    put_into(people.admin, CLOSED, people.member)
    path = f"topics/{CLOSED}/subscription/"
    assert keys(people.member) == [CLOSED, OPEN]
    assert people.member.put(path, {"muted_until": in_an_hour()}).status_code == 200
    assert people.member.get(path).get_json()["open"] is False
    assert people.member.delete(path).status_code == 204
    assert keys(people.member) == [OPEN]
    assert people.member.put(path).status_code == 404


def test_an_admin_sees_every_topic_only_with_the_scope(people: People, app):
    assert keys(people.admin) == [CLOSED, OPEN]
    assert keys(make_caller(app, "admin")) == [OPEN]


def test_an_organiser_sees_a_closed_topic_of_theirs(people: People):
    make_topic(people.organiser, "mentors", open=False)
    assert keys(people.organiser) == ["mentors", OPEN]


def test_a_stale_if_match_changes_nothing(people: People):
    path = f"topics/{OPEN}/subscription/"
    assert people.member.put(path, If_Match='"x"').status_code == 412
    people.member.put(path)
    etag = people.member.get(path).headers["ETag"]
    assert people.member.put(path, {"muted_until": in_an_hour()}, If_Match=etag).status_code == 200
    assert people.member.delete(path, If_Match=etag).status_code == 412
    assert people.member.get(path).status_code == 200


def test_lists_have_pages(people: People):
    for number in range(3):
        make_topic(people.admin, f"topic-{number}")
        people.member.put(f"topics/topic-{number}/subscription/")
    for path in ("topics/", "topics/subscriptions/"):
        everything = keys(people.member, path)
        page = people.member.get(f"{path}?page_size=2").get_json()
        rest = people.member.get(page["next"]).get_json()
        assert [topic["key"] for topic in page["results"] + rest["results"]] == everything[:4]
        assert people.member.get(rest["previous"]).get_json()["results"] == page["results"]
        assert people.member.get(f"{path}?cursor=x").status_code == 422
        assert people.member.get(f"{path}?open=true").status_code == 422


@pytest.mark.parametrize("key", ["unknown", "%00", "%ED%A0%80", "-", "x" * 101, "é", "a%0A"])
def test_a_key_that_is_none_is_not_found(people: People, key: str):
    for method in ("GET", "PUT", "DELETE"):
        assert people.member.send(method, f"topics/{key}/subscription/").status_code == 404
    assert people.admin.patch(f"topics/{key}/", {}).status_code == 404
    assert people.admin.get(f"topics/{key}/members/").status_code == 404
