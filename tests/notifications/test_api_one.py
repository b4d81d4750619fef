"""One notification: read, set its state, correct it, delete it, and who may."""

import sqlalchemy as sa

from hackitech.core.database import db
from hackitech.models.audit_entry import AuditEntry
from tests.callers import Caller, People, errors_of, make_caller
from tests.notifications.mailbox import FUTURE, PAST, created, listed, read_one, receive, unread_count


def audit() -> list[tuple[str, str, str]]:
    """Return action, object and author of every audit entry."""
    rows = db_entries()
    return [(e.action, f"{e.object_type} {e.object_id}", str(e.actor_id)) for e in rows]


def db_entries() -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


def put(member: Caller, number: int, **fields: object) -> dict:
    response = member.put(f"notifications/{number}/", fields)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def patch(member: Caller, number: int, **fields: object) -> dict:
    response = member.patch(f"notifications/{number}/", fields)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def test_only_its_owner_and_an_admin_read_it(people: People):
    number = receive(people.member)
    assert read_one(people.member, number) == read_one(people.admin, number)
    plain = make_caller(people.admin.client.application, "admin", ("read", "write", "send"))
    unknown = people.other.get("notifications/999999/")
    for caller in (people.other, people.organiser, plain):
        foreign = caller.get(f"notifications/{number}/")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.get_json() == unknown.get_json()
    assert people.stranger.get(f"notifications/{number}/").status_code == 401


def test_an_owner_sets_the_reading_state(people: People):
    number = receive(people.member)
    shown = put(people.member, number, is_read=True)
    assert shown["is_read"] and shown["read_at"] and shown["seen_at"]
    assert put(people.member, number, is_read=True) == shown
    shown = patch(people.member, number, archived=True)
    assert shown["archived_at"] and shown["is_read"]
    assert patch(people.member, number, archived=True) == shown
    shown = patch(people.member, number, snoozed_until=FUTURE)
    assert (shown["snoozed_until"], shown["archived_at"]) == (FUTURE, None)
    shown = put(people.member, number, is_read=False, archived=False, snoozed_until=None)
    assert (shown["is_read"], shown["read_at"], shown["snoozed_until"]) == (False, None, None)
    assert read_one(people.member, number) == shown
    assert patch(people.member, number) == shown


def test_the_first_time_of_reading_stays(people: People):
    number = receive(people.member)
    first = patch(people.member, number, is_read=True)["read_at"]
    for again in (
        put(people.member, number, is_read=True),
        patch(people.member, number, is_read=True, archived=True),
        people.member.post(f"notifications/{number}/mark_as_read/").get_json(),
    ):
        assert again["read_at"] == first


def test_put_requires_is_read(people: People):
    number = receive(people.member)
    for caller in (people.member, people.admin):
        assert list(errors_of(caller.put(f"notifications/{number}/", {"archived": True}))) == ["is_read"]
        assert list(errors_of(caller.put(f"notifications/{number}/"))) == ["is_read"]


def test_a_snooze_lies_in_the_future_and_excludes_the_archive(people: People):
    number = receive(people.member)
    for fields in ({"snoozed_until": PAST}, {"snoozed_until": FUTURE, "archived": True}):
        assert list(errors_of(people.member.patch(f"notifications/{number}/", fields))) == ["snoozed_until"]
    assert listed(people.member) == [number]


WRONG = [
    ("is_read", "true"),
    ("is_read", 1),
    ("is_read", None),
    ("archived", "yes"),
    ("archived", 0),
    ("archived", []),
    ("snoozed_until", True),
    ("snoozed_until", 0),
    ("snoozed_until", "soon"),
    ("snoozed_until", "2199-01-01T00:00:00"),
    ("read_at", FUTURE),
    ("recipient", 1),
    ("id", 1),
    ("unknown", None),
]


def test_a_wrong_field_is_named(people: People):
    number = receive(people.member)
    before = read_one(people.member, number)
    for name, value in WRONG:
        for caller in (people.member, people.admin):
            for method in ("PUT", "PATCH"):
                body = {"is_read": True, name: value}
                response = caller.send(method, f"notifications/{number}/", json=body)
                assert list(errors_of(response)) == [name], (method, body)
    assert read_one(people.member, number) == before


def test_a_recipient_does_not_change_what_it_says(people: People):
    number = receive(people.member)
    for name, value in (
        ("title", "x"), ("message", "x"), ("action_url", "/x"), ("data", {}), ("priority", "low"),
    ):  # fmt: skip
        response = people.member.patch(f"notifications/{number}/", {"is_read": True, name: value})
        assert list(errors_of(response)) == [name]
    assert read_one(people.member, number)["is_read"] is False


def test_an_admin_corrects_an_only_copy_and_it_is_audited(people: People):
    number = receive(people.member)
    content = {"action_url": "/new", "data": {"a": 1}, "priority": "urgent"}
    shown = patch(people.admin, number, title={"fr": "Neuf", "en": "New"}, message="New words", **content)
    assert (shown["title"], shown["message"]) == ("New", "New words")
    assert read_one(people.member, number) == shown
    assert listed(people.member, "?search=neuf") == [number]
    assert listed(people.member, "?search=title") == []
    assert audit() == [("event.edit", f"event {shown['event']}", str(people.admin.id))]
    (entry,) = db_entries()
    assert entry.before and entry.before["title"]["en"] == "A title"
    assert entry.after and entry.after["title"] == {"fr": "Neuf", "en": "New"}


def test_an_admins_put_corrects_too(people: People):
    number = receive(people.member)
    shown = put(people.admin, number, is_read=True, title="New")
    assert (shown["is_read"], shown["title"]) == (True, "New")


def test_a_wrong_correction_changes_nothing(people: People):
    number = receive(people.member)
    before = read_one(people.member, number)
    for name, value in (
        ("title", ""), ("title", {"fr": "x"}), ("message", 5), ("action_url", "javascript:alert(1)"),
        ("data", []), ("priority", "x"), ("title", "x" * 201),
    ):  # fmt: skip
        response = people.admin.patch(f"notifications/{number}/", {"is_read": True, name: value})
        assert list(errors_of(response)) == [name], value
    assert read_one(people.member, number) == before
    assert audit() == []


def test_one_of_many_copies_is_corrected_through_its_event(people: People):
    event = created(people.admin, recipients=[people.member.id, people.other.id])["id"]
    (number,) = listed(people.member)
    response = people.admin.patch(f"notifications/{number}/", {"title": "New", "is_read": True})
    assert response.status_code == 409
    assert str(event) in response.get_json()["detail"]
    assert read_one(people.member, number)["is_read"] is False
    assert patch(people.admin, number, is_read=True)["is_read"] is True


def test_what_an_admin_does_to_anothers_is_audited(people: People):
    first, second, own = receive(people.member), receive(people.member), receive(people.admin)
    patch(people.admin, first, is_read=True)
    patch(people.admin, first, is_read=True)
    people.admin.delete(f"notifications/{second}/")
    patch(people.admin, own, is_read=True)
    patch(people.member, first, archived=True)
    author = str(people.admin.id)
    assert audit() == [
        ("notification.change", f"notification {first}", author),
        ("notification.delete", f"notification {second}", author),
    ]
    assert unread_count(people.member) == 0


def test_deleting_is_final_for_whoever_reads(people: People):
    number = receive(people.member)
    response = people.member.delete(f"notifications/{number}/")
    assert (response.status_code, response.data) == (204, b"")
    for method in ("GET", "PATCH", "DELETE"):
        assert people.member.send(method, f"notifications/{number}/").status_code == 404
    assert people.admin.get(f"notifications/{number}/").status_code == 404
    assert listed(people.member) == [] and unread_count(people.member) == 0


def test_nobody_else_changes_or_deletes_it(people: People):
    number = receive(people.member)
    for caller in (people.other, people.organiser):
        for method, body in (("PUT", {"is_read": True}), ("PATCH", {"is_read": True}), ("DELETE", None)):
            response = caller.send(method, f"notifications/{number}/", json=body)
            assert response.status_code == 404, method
            unknown = caller.send(method, "notifications/999999/", json=body)
            assert response.get_json() == unknown.get_json()
    reader = make_caller(people.admin.client.application, "admin", ("read", "admin"))
    assert reader.patch(f"notifications/{number}/", {"is_read": True}).status_code == 403
    assert reader.delete(f"notifications/{number}/").status_code == 403
    assert read_one(people.member, number)["is_read"] is False


def test_an_etag_saves_reading_again(people: People):
    number = receive(people.member)
    for path in (f"notifications/{number}/", "notifications/", "notifications/unread_count/"):
        etag = people.member.get(path).headers["ETag"]
        same = people.member.get(path, If_None_Match=etag)
        assert (same.status_code, same.data) == (304, b"")
        assert same.headers["ETag"] == etag
    etag = people.member.get(f"notifications/{number}/").headers["ETag"]
    people.member.post(f"notifications/{number}/mark_as_read/")
    assert people.member.get(f"notifications/{number}/", If_None_Match=etag).status_code == 200


def test_a_stale_if_match_changes_nothing(people: People):
    number = receive(people.member)
    path = f"notifications/{number}/"
    stale = people.member.get(path).headers["ETag"]
    for fields in ({"is_read": True}, {"archived": True}):
        etag = people.member.get(path).headers["ETag"]
        assert people.member.patch(path, fields, If_Match=etag).status_code == 200
    for response in (
        people.member.put(path, {"is_read": False}, If_Match=stale),
        people.member.patch(path, {"is_read": False}, If_Match=stale),
        people.admin.patch(path, {"title": "New"}, If_Match=stale),
        people.member.delete(path, If_Match=stale),
    ):
        assert response.status_code == 412
        assert response.mimetype == "application/problem+json"
    shown = read_one(people.member, number)
    assert shown["is_read"] is True and shown["title"] == "A title"
    assert people.member.delete(path, If_Match="*").status_code == 204


def test_an_id_that_is_none_is_not_found(people: People):
    for number in ("0", "-1", "x", "1.5", "9223372036854775808", "%00", "9" * 500):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = {"is_read": True} if method in ("PUT", "PATCH") else None
            response = people.admin.send(method, f"notifications/{number}/", json=body)
            assert response.status_code == 404, (method, number)
            assert response.mimetype == "application/problem+json"
