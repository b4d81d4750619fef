"""Topics as organisers and administrators create them and say who is in them."""

import pytest
import sqlalchemy as sa

from hackitech.core.database import db
from hackitech.models.audit_entry import AuditEntry
from tests.callers import Caller, People, errors_of, make_caller
from tests.topics.conftest import make_topic, put_into

TOPIC = {"key": "jury", "label": {"fr": "Jury", "en": "The jury"}, "open": False}


def members(manager: Caller, key: str = "jury") -> list[int]:
    return [row["user"] for row in manager.get(f"topics/{key}/members/").get_json()["results"]]


def test_an_admin_creates_a_topic_for_nobody_or_for_an_organiser(people: People):
    created = people.admin.post("topics/", TOPIC)
    assert created.status_code == 201
    assert created.get_json() == {
        "key": "jury",
        "label": "The jury",
        "open": False,
        "subscribed": False,
        "muted_until": None,
        "owner": None,
    }
    assert make_topic(people.admin, "mentors", owner=people.organiser.id)["owner"] == people.organiser.id


def test_an_organiser_creates_a_topic_of_their_own(people: People):
    assert people.organiser.post("topics/", TOPIC).get_json()["owner"] == people.organiser.id
    assert people.organiser.post("topics/", {**TOPIC, "owner": people.admin.id}).status_code == 403
    assert people.organiser.patch("topics/jury/", {"owner": people.admin.id}).status_code == 403


def test_a_label_may_be_one_text_for_all_languages(people: People, app):
    make_topic(people.admin, "rust", label="Rust")
    for locale in ("fr", "en"):
        assert make_caller(app, locale=locale).get("topics/").get_json()["results"][0]["label"] == "Rust"


def test_a_key_is_taken_once(people: People):
    people.admin.post("topics/", TOPIC)
    assert people.admin.post("topics/", TOPIC).status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "a b"}, "key"),
        ({"key": "a/b"}, "key"),
        ({"key": "a\n"}, "key"),
        ({"key": "é"}, "key"),
        ({"key": "x" * 101}, "key"),
        ({"key": 5}, "key"),
        ({"label": ""}, "label.fr"),
        ({"label": {"fr": "Jury"}}, "label.en"),
        ({"label": {"fr": "Jury", "en": "Jury", "de": "Jury"}}, "label.de"),
        ({"label": 5}, "label"),
        ({"label": {"fr": "Jury", "en": "x" * 101}}, "label.en"),
        ({"open": "no"}, "open"),
        ({"owner": 0}, "owner"),
        ({"owner": 999999}, "owner"),
        ({"id": 1}, "id"),
    ],
)
def test_a_wrong_topic_is_refused(people: People, changes: dict, field: str):
    assert field in errors_of(people.admin.post("topics/", {**TOPIC, **changes}))


def test_a_member_owns_no_topic(people: People):
    assert list(errors_of(people.admin.post("topics/", {**TOPIC, "owner": people.member.id}))) == ["owner"]


def test_a_topic_is_changed_by_its_owner_and_by_admins(people: People):
    make_topic(people.admin, "jury", open=False, owner=people.organiser.id)
    assert people.organiser.patch("topics/jury/", {"open": True}).get_json()["open"] is True
    assert people.admin.patch("topics/jury/", {"label": "Judges"}).get_json()["label"] == "Judges"
    assert people.admin.patch("topics/jury/", {"owner": None}).get_json()["owner"] is None
    assert people.organiser.patch("topics/jury/", {"open": False}).status_code == 404


def test_what_a_topic_is_known_by_never_changes(people: People):
    make_topic(people.admin, "jury")
    assert list(errors_of(people.admin.patch("topics/jury/", {"key": "judges"}))) == ["key"]
    assert list(errors_of(people.admin.patch("topics/jury/", {"open": None}))) == ["open"]


def test_members_are_put_in_listed_and_taken_out(people: People):
    people.organiser.post("topics/", TOPIC)
    row = put_into(people.organiser, "jury", people.member)
    assert set(row) == {"user", "name", "joined_at"}
    put_into(people.organiser, "jury", people.other)
    assert put_into(people.organiser, "jury", people.member) == row
    assert members(people.organiser) == [people.other.id, people.member.id]
    for _twice in range(2):
        assert people.organiser.delete(f"topics/jury/members/{people.other.id}/").status_code == 204
    assert members(people.admin) == [people.member.id]


def test_putting_a_member_in_again_leaves_their_mute_alone(people: People):
    people.admin.post("topics/", TOPIC)
    put_into(people.admin, "jury", people.member)
    people.member.put("topics/jury/subscription/", {"muted_until": "2100-01-01T00:00:00Z"})
    put_into(people.admin, "jury", people.member)
    assert people.member.get("topics/jury/subscription/").get_json()["muted_until"] == "2100-01-01T00:00:00Z"


def test_somebody_unknown_is_put_nowhere(people: People):
    people.admin.post("topics/", TOPIC)
    for user_id in ("999999", "0", "x", "9223372036854775808"):
        assert people.admin.put(f"topics/jury/members/{user_id}/").status_code == 404


def test_the_members_have_pages(people: People):
    people.admin.post("topics/", TOPIC)
    for member in (people.member, people.other, people.organiser):
        put_into(people.admin, "jury", member)
    page = people.admin.get("topics/jury/members/?page_size=2").get_json()
    rest = people.admin.get(page["next"]).get_json()
    assert [row["user"] for row in page["results"] + rest["results"]] == members(people.admin)
    assert people.admin.get("topics/jury/members/?cursor=x").status_code == 422


def test_members_look_after_no_topic_and_organisers_after_their_own(people: People, app):
    make_topic(people.admin, "jury")
    unscoped = make_caller(app, "admin")
    for caller, status in [(people.member, 403), (people.organiser, 404), (unscoped, 404)]:
        assert caller.patch("topics/jury/", {"open": False}).status_code == status
        assert caller.get("topics/jury/members/").status_code == status
        assert caller.put(f"topics/jury/members/{people.member.id}/").status_code == status
        assert caller.delete(f"topics/jury/members/{people.member.id}/").status_code == status
    assert people.member.post("topics/", {**TOPIC, "key": "mine"}).status_code == 403
    assert people.member.patch("topics/unknown/", {}).status_code == 403


def test_whoever_looks_after_topics_is_audited(people: People):
    people.organiser.post("topics/", TOPIC)
    people.admin.patch("topics/jury/", {"open": True})
    for _twice in range(2):
        put_into(people.organiser, "jury", people.member)
    for _twice in range(2):
        people.admin.delete(f"topics/jury/members/{people.member.id}/")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(e.action, e.actor_id) for e in entries] == [
        ("topic.create", people.organiser.id),
        ("topic.change", people.admin.id),
        ("topic.add_member", people.organiser.id),
        ("topic.remove_member", people.admin.id),
    ]
    assert {e.object_id for e in entries} == {"jury"}
    assert (entries[1].before, entries[1].after) == ({"is_open": False}, {"is_open": True})
