"""The pages of topics: an organiser's own, all for administrators; who is in them, many at once."""

from typing import Any

import pytest

from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.subscription import Subscription
from hackitech.models.topic import Topic
from hackitech.models.user import User
from tests.admin.staff import Staff
from tests.factories import make_user

NEW = {"key": "rust", "label_fr": "Rouille", "label_en": "Rust", "open": "1"}


def topic(key: str = "rust", owner: User | None = None, **columns: Any) -> Topic:
    label = {"fr": f"{key} fr", "en": f"{key} en"}
    values = {"key": key, "label": label, "is_open": True, "created_at": now(), **columns}
    with atomic() as session:
        session.add(made := Topic(owner_id=owner.id if owner else None, **values))
    return made


def put_into(made: Topic, *users: User, **columns: Any) -> None:
    with atomic() as session:
        for user in users:
            row = {"created_at": now(), **columns}
            session.add(Subscription(topic_id=made.id, user_id=user.id, **row))


def inside(key: str = "rust") -> set[int]:
    in_it = db.session.query(Subscription.user_id).join(Topic, Topic.id == Subscription.topic_id)
    return {user_id for (user_id,) in in_it.filter(Topic.key == key)}


def stored(key: str = "rust") -> Topic:
    db.session.expire_all()
    return db.session.query(Topic).filter_by(key=key).one()


def audited() -> list[tuple[Any, ...]]:
    entries = db.session.query(AuditEntry).order_by(AuditEntry.id)
    return [(one.action, one.object_id, one.before, one.after) for one in entries]


def test_admins_see_all_topics_and_organisers_their_own(admin: Staff, organiser: Staff) -> None:
    put_into(topic("mine", organiser.user), make_user(), make_user())
    topic("others", admin.user, is_open=False)
    all_of_them, own = admin.get("topics/").text, organiser.get("topics/").text
    assert "mine en" in all_of_them and "others en" in all_of_them and "Olga" in all_of_them
    assert "mine en" in own and "others" not in own and 'class="number">2</td>' in own


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("get", "edit"),
        ("post", "edit"),
        ("post", "members"),
        ("post", "members/1/remove"),
        ("post", "members/restore"),
    ],
)
def test_somebody_elses_topic_is_one_that_there_is_not(organiser: Staff, method: str, path: str) -> None:
    put_into(topic("others"), ann := make_user())
    form = {**NEW, "members": ann.email, "undo_token": "x"}
    for key in ("others", "unknown", "%00", "a%20b"):
        address = f"topics/{key}/{path.replace('1', str(ann.id))}"
        answer = organiser.get(address) if method == "get" else organiser.post(address, form)
        assert answer.status_code == 404, key
    assert inside("others") == {ann.id} and audited() == []


def test_an_organiser_creates_a_topic_of_their_own(organiser: Staff, admin: Staff) -> None:
    answer = organiser.post("topics/new", {**NEW, "owner": admin.user.email})
    assert answer.headers["Location"] == "/admin/topics/rust/"
    made = stored()
    assert (made.label, made.is_open) == ({"fr": "Rouille", "en": "Rust"}, True)
    assert made.owner_id == organiser.user.id
    assert audited()[0][:2] == ("topic.create", "rust")
    assert "Nobody is in it yet" in organiser.get("topics/rust/").text


def test_an_admin_says_whose_a_topic_is(admin: Staff, organiser: Staff) -> None:
    assert admin.post("topics/new", {**NEW, "owner": "Olga@example.org"}).status_code == 303
    assert stored().owner_id == organiser.user.id
    form = {"label_fr": "Fer", "label_en": "Iron", "owner": ""}
    assert admin.post("topics/rust/edit", form).status_code == 303
    made = stored()
    assert (made.label["fr"], made.is_open, made.owner_id) == ("Fer", False, None)
    assert organiser.get("topics/rust/").status_code == 404


def test_an_organiser_keeps_a_topic_that_they_edit(organiser: Staff) -> None:
    topic("rust", organiser.user)
    form = {"label_fr": "Fer", "label_en": "Iron", "open": "1", "owner": ""}
    assert 'name="owner"' not in organiser.get("topics/rust/edit").text
    assert organiser.post("topics/rust/edit", form).status_code == 303
    assert (stored().label["en"], stored().owner_id) == ("Iron", organiser.user.id)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("key", "", "Write a key"),
        ("key", "a b", "Write a key"),
        ("key", "new", None),
        ("label_fr", " ", "called in French"),
        ("label_en", "x" * 101, "called in English"),
        ("owner", "nobody@example.org", "of an organiser or administrator, or nothing"),
        ("owner", "member@example.org", "of an organiser or administrator, or nothing"),
    ],
)
def test_what_is_wrong_is_said_beside_it(admin: Staff, field: str, value: str, words: str | None) -> None:
    make_user(email="member@example.org")
    answer = admin.post("topics/new", {**NEW, field: value})
    if words is None:
        assert answer.status_code == 303 and "Rust" in admin.get(answer.headers["Location"]).text
        return
    assert answer.status_code == 422 and words in answer.text and f'id="{field}-error"' in answer.text
    assert field == "label_fr" or "Rouille" in answer.text
    assert db.session.query(Topic).count() == 0


def test_a_key_is_taken_once(admin: Staff) -> None:
    topic()
    answer = admin.post("topics/new", NEW)
    assert answer.status_code == 409 and "There is a topic of this key already." in answer.text
    assert 'value="Rouille"' in answer.text


def test_many_are_put_in_at_once_and_who_is_unknown_is_listed(organiser: Staff) -> None:
    topic("rust", organiser.user)
    ann, bea, cid = (make_user(email=f"{name}@example.org") for name in ("ann", "bea", "cid"))
    put_into(stored(), cid)
    wanted = f"ANN@example.org, {bea.id}\n{cid.id}; nobody@example.org 987654321 <x> ann@example.org"
    answer = organiser.post("topics/rust/members", {"members": wanted})
    assert answer.status_code == 422
    assert "3 were not found. 2 people added. 1 was there already." in answer.text
    assert ">\nnobody@example.org\n987654321\n&lt;x&gt;</textarea>" in answer.text
    assert inside() == {ann.id, bea.id, cid.id}
    assert audited() == [("topic.add_members", "rust", None, {"user_ids": [ann.id, bea.id]})]


def test_when_all_are_known_the_page_says_how_many(organiser: Staff) -> None:
    topic("rust", organiser.user)
    ann = make_user(name="Ann", email="ann@example.org")
    assert organiser.post("topics/rust/members", {"members": "ann@example.org"}).status_code == 303
    html = organiser.get("topics/rust/").text
    assert "1 person added." in html and "Ann" in html and "ann@example.org" not in html
    assert organiser.post("topics/rust/members", {"members": str(ann.id)}).status_code == 303
    assert len(audited()) == 1


@pytest.mark.parametrize("typed", ["", " \n", "1 " * 1001])
def test_nobody_and_too_many_are_refused(organiser: Staff, typed: str) -> None:
    topic("rust", organiser.user)
    answer = organiser.post("topics/rust/members", {"members": typed})
    assert answer.status_code == 422 and 'id="members-error"' in answer.text
    assert typed.strip() in answer.text


def test_who_is_taken_out_can_be_put_back_as_they_were(organiser: Staff) -> None:
    made, ann, until = topic("rust", organiser.user), make_user(name="Ann"), after(86400)
    put_into(made, ann, muted_until=until)
    joined = db.session.query(Subscription).one().created_at
    assert organiser.post(f"topics/rust/members/{ann.id}/remove").status_code == 303
    assert inside() == set()
    html = organiser.get("topics/rust/").text
    assert "Ann was taken out." in html and 'action="/admin/topics/rust/members/restore"' in html
    token = html.partition('name="undo_token" value="')[2].partition('"')[0]
    for _ in range(2):  # twice is the same as once
        assert organiser.post("topics/rust/members/restore", {"undo_token": token}).status_code == 303
    row = db.session.query(Subscription).one()
    assert (row.user_id, row.muted_until, row.created_at) == (ann.id, until, joined)
    assert [action for action, *_ in audited()] == ["topic.remove_member", "topic.restore_member"]


def test_what_puts_somebody_back_works_in_their_topic_only(organiser: Staff) -> None:
    put_into(topic("rust", organiser.user), ann := make_user())
    topic("other", organiser.user)
    organiser.post(f"topics/rust/members/{ann.id}/remove")
    html = organiser.get("topics/").text
    token = html.partition('name="undo_token" value="')[2].partition('"')[0]
    for key, given in (("other", token), ("rust", "made-up"), ("rust", "")):
        answer = organiser.post(f"topics/{key}/members/restore", {"undo_token": given})
        assert answer.status_code == 404
    assert inside() == inside("other") == set()


def test_members_are_shown_a_page_at_a_time(admin: Staff) -> None:
    put_into(topic(), *(make_user(name=f"Nr {number:02}") for number in range(26)))
    first = admin.get("topics/rust/").text
    older = first.partition('rel="next" href="')[2].partition('"')[0]
    assert "Members (26)" in first and "Nr 25" in first and "Nr 00" not in first
    assert "Nr 00" in admin.get(older).text


def test_the_address_of_a_form_leads_back_to_the_topic(admin: Staff) -> None:
    for path in ("members", "members/restore", "members/5/remove"):
        assert admin.get(f"topics/rust/{path}").headers["Location"] == "/admin/topics/rust/"
