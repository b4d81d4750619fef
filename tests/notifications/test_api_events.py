"""Events: follow, correct, cancel and retract what was sent, as its sender or an admin."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine

from hackitech.core.database import db
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.event import Event
from hackitech.notifications.schedule_service import advance_due_event
from tests.callers import Caller, People, errors_of, make_caller
from tests.notifications.mailbox import FUTURE, created, listed, read_one, receive, unread_count


@pytest.fixture
def sender(people: People) -> Caller:
    """A member who may send, and has no more rights than that."""
    return make_caller(people.admin.client.application, "member", ("read", "write", "send"))


def event_of(caller: Caller, number: int) -> dict:
    response = caller.get(f"events/{number}/")
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def run_due_events(minutes: float = 0) -> None:
    """Do at once what the clock does, now or so much later."""
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)):
        while advance_due_event():
            pass


def soon() -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)).isoformat()


def test_its_sender_and_an_admin_follow_an_event(people: People, sender: Caller):
    made = created(sender, recipients=[people.member.id, people.other.id], object="project:12")
    assert event_of(sender, made["id"]) == event_of(people.admin, made["id"]) == made
    assert (made["status"], made["total"], made["done"]) == ("done", 2, 2)
    etag = sender.get(f"events/{made['id']}/").headers["ETag"]
    assert sender.get(f"events/{made['id']}/", If_None_Match=etag).status_code == 304


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "events/{}/", None),
        ("PATCH", "events/{}/", {"title": "x"}),
        ("POST", "events/{}/cancel/", None),
        ("POST", "events/{}/pause/", None),
        ("POST", "events/{}/resume/", None),
    ],
)
def test_nobody_else_touches_an_event(people: People, sender: Caller, method: str, path: str, body: object):
    made = created(sender, recipients=[people.member.id, people.other.id])
    plain = make_caller(people.admin.client.application, "admin", ("read", "write", "send"))
    for caller in (people.member, people.organiser, plain):
        foreign = caller.send(method, path.format(made["id"]), json=body)
        unknown = caller.send(method, path.format(999999), json=body)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.get_json() == unknown.get_json()
    assert people.stranger.send(method, path.format(made["id"]), json=body).status_code == 401
    for number in ("0", "x", "9223372036854775808"):
        assert people.admin.send(method, path.format(number), json=body).status_code == 404
    assert event_of(sender, made["id"]) == made


def test_a_correction_reaches_every_copy_and_is_audited(people: People, sender: Caller):
    made = created(sender, recipients=[people.member.id, people.other.id])
    fields = {
        "title": {"fr": "Neuf", "en": "New"},
        "action_url": "/new",
        "data": {"a": 1},
        "priority": "high",
    }
    response = sender.patch(f"events/{made['id']}/", fields)
    assert response.status_code == 200
    assert response.get_json() == event_of(sender, made["id"])
    for reader in (people.member, people.other):
        (number,) = listed(reader, "?search=neuf")
        shown = read_one(reader, number)
        assert (shown["title"], shown["message"]) == ("New", "A message")
        assert (shown["action_url"], shown["data"], shown["priority"]) == ("/new", {"a": 1}, "high")
    (entry,) = db.session.scalars(sa.select(AuditEntry)).all()
    assert (entry.action, entry.actor_id, entry.object_id) == ("event.edit", sender.id, str(made["id"]))
    assert entry.before and entry.before["priority"] == "normal"


def test_a_correction_leaves_no_channel_its_old_words(people: People, sender: Caller):
    body = {"notification_type": "team_invitation", "params": {"team": "Rusk"}}
    made = sender.post("notifications/", {**body, "recipients": [people.member.id]}).get_json()
    question = sa.select(Event.channel_wording).where(Event.id == made["id"])
    assert "email" in db.session.scalars(question).one()["en"]
    sender.patch(f"events/{made['id']}/", {"title": "Invitation to team Rust"})
    assert db.session.scalars(question).one() == {
        "fr": {"action_label": "Voir l’invitation"},
        "en": {"action_label": "See the invitation"},
    }


def test_a_correction_of_nothing_changes_nothing(people: People, sender: Caller):
    made = created(sender, recipients=[people.member.id])
    assert sender.patch(f"events/{made['id']}/", {}).get_json() == made
    assert sender.patch(f"events/{made['id']}/").get_json() == made
    assert db.session.scalars(sa.select(AuditEntry)).all() == []


def test_a_wrong_correction_names_its_fault(people: People, sender: Caller):
    made = created(sender, recipients=[people.member.id])
    for name, value in (
        ("title", ""), ("title", {"fr": "x"}), ("message", None), ("message", 5), ("data", []),
        ("action_url", "//evil.example"), ("priority", "x"), ("status", "done"), ("recipients", [1]),
        ("notification_type", "comment"), ("send_at", FUTURE),
    ):  # fmt: skip
        response = sender.patch(f"events/{made['id']}/", {"priority": "high", name: value})
        assert list(errors_of(response)) == [name], value
    assert event_of(sender, made["id"]) == made


def test_a_stale_if_match_corrects_nothing(people: People, sender: Caller):
    made = created(sender, recipients=[people.member.id])
    path = f"events/{made['id']}/"
    stale = sender.get(path).headers["ETag"]
    assert sender.patch(path, {"priority": "high"}, If_Match=stale).status_code == 200
    assert sender.patch(path, {"priority": "low"}, If_Match=stale).status_code == 412
    assert event_of(sender, made["id"])["priority"] == "high"


def test_what_is_scheduled_is_sent_when_its_time_comes(people: People, sender: Caller):
    made = created(sender, recipient=people.member.id, send_at=soon())
    run_due_events()
    assert listed(people.member) == []
    run_due_events(minutes=2)
    assert len(listed(people.member)) == 1
    event = event_of(sender, made["id"])
    assert (event["status"], event["done"]) == ("done", 1)


def test_what_is_cancelled_is_never_sent(people: People, sender: Caller):
    made = created(sender, all=True, send_at=soon())
    response = sender.post(f"events/{made['id']}/cancel/")
    assert response.status_code == 200
    assert response.get_json()["status"] == "cancelled"
    run_due_events(minutes=2)
    assert listed(people.admin) == []
    assert event_of(sender, made["id"])["status"] == "cancelled"


def test_cancelling_stops_what_has_not_left_and_keeps_the_inbox(people: People, sender: Caller):
    made = created(sender, recipients=[people.member.id, people.other.id])
    first = sender.post(f"events/{made['id']}/cancel/").get_json()
    assert (first["status"], first["cancelled"], first["too_late"]) == ("cancelled", 2, 0)
    assert first["too_late_by_channel"] == {}
    assert first["by_channel"]["email"] == {"cancelled": 2}
    again = sender.post(f"events/{made['id']}/cancel/").get_json()
    assert again == {**first, "cancelled": 0}
    assert len(listed(people.member)) == 1


def test_its_sender_pauses_and_goes_on_and_both_are_audited(people: People, sender: Caller):
    made = created(sender, recipients=[people.member.id, people.other.id])
    paused = sender.post(f"events/{made['id']}/pause/")
    assert paused.status_code == 200
    held = {**made["by_channel"], "email": {"held": 2}}
    assert (
        paused.get_json() == {**made, "status": "paused", "by_channel": held} == event_of(sender, made["id"])
    )
    assert sender.post(f"events/{made['id']}/pause/").get_json() == paused.get_json()
    resumed = people.admin.post(f"events/{made['id']}/resume/").get_json()
    assert resumed == {**made, "by_channel": held}, "they leave from where they are held"
    assert people.admin.post(f"events/{made['id']}/resume/").get_json() == resumed
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.actor_id, entry.before, entry.after) for entry in entries] == [
        ("event.pause", sender.id, {"status": "done"}, {"status": "paused"}),
        ("event.resume", people.admin.id, {"status": "paused"}, {"status": "done"}),
    ]


def test_what_is_over_cannot_be_paused(people: People, sender: Caller):
    made = created(sender, recipients=[people.member.id], send_at=soon())
    sender.post(f"events/{made['id']}/cancel/")
    for action in ("pause", "resume"):
        response = sender.post(f"events/{made['id']}/{action}/")
        assert response.status_code == 409
        assert response.mimetype == "application/problem+json"
    inbox_only = created(sender, recipients=[people.member.id], channels=["in_app"])
    assert sender.post(f"events/{inbox_only['id']}/pause/").status_code == 409


def test_retracting_takes_every_copy_back(people: People, sender: Caller):
    made = [
        created(sender, recipients=[people.member.id, people.other.id], object="project:12") for _ in "12"
    ]
    kept = created(sender, recipient=people.member.id, object="project:13")["id"]
    people.member.post(f"notifications/{listed(people.member)[1]}/archive/")
    response = sender.post("events/retract/", {"object": "project:12"})
    assert response.status_code == 200
    in_time = {"cancelled": 4, "too_late": 0, "too_late_by_channel": {}}
    assert response.get_json() == {"events": 2, **in_time}
    assert listed(people.member) == [kept] and listed(people.member, "?archived=true") == []
    assert listed(people.other) == [] and unread_count(people.other) == 0
    assert unread_count(people.member) == 1
    assert event_of(sender, made[0]["id"])["by_channel"]["email"] == {"cancelled": 2}
    again = sender.post("events/retract/", {"object": "project:12"}).get_json()
    assert again == {"events": 0, **in_time, "cancelled": 0}


def test_what_is_retracted_before_its_time_is_never_sent(people: People, sender: Caller):
    made = created(sender, all=True, send_at=soon(), object="project:12")
    sender.post("events/retract/", {"object": "project:12"})
    run_due_events(minutes=2)
    assert listed(people.admin) == []
    assert event_of(sender, made["id"])["status"] == "cancelled"


def test_what_is_retracted_cannot_be_undeleted(people: People, sender: Caller):
    created(sender, recipient=people.member.id, object="project:12")
    answer = people.member.post("notifications/bulk/", {"action": "delete", "filters": {}}).get_json()
    sender.post("events/retract/", {"object": "project:12"})
    token = {"undo_token": answer["undo_token"]}
    assert people.member.post("notifications/bulk/undo/", token).get_json()["updated"] == 0
    assert listed(people.member) == []


def test_one_retracts_ones_own_and_an_admin_everybodys(people: People, sender: Caller):
    created(sender, recipient=people.member.id, object="project:12")
    another = make_caller(people.admin.client.application, "member", ("read", "write", "send"))
    assert another.post("events/retract/", {"object": "project:12"}).get_json()["events"] == 0
    assert len(listed(people.member)) == 1
    for caller, status in ((people.member, 403), (people.organiser, 403), (people.stranger, 401)):
        assert caller.post("events/retract/", {"object": "project:12"}).status_code == status
    assert people.admin.post("events/retract/", {"object": "project:12"}).get_json()["events"] == 1
    assert listed(people.member) == []


def test_a_retraction_names_an_object(people: People, sender: Caller):
    for value in ("", None, 5, True, ["x"], "x" * 201):
        assert list(errors_of(sender.post("events/retract/", {"object": value}))) == ["object"], value
    assert list(errors_of(sender.post("events/retract/"))) == ["object"]
    assert list(errors_of(sender.post("events/retract/", {"object": "x", "id": 1}))) == ["id"]


def test_what_has_expired_is_in_no_list_or_count(people: People, sender: Caller):
    kept = receive(people.member)
    made = created(sender, recipient=people.member.id, expires_at=soon())
    assert len(listed(people.member)) == 2
    run_due_events(minutes=2)
    assert listed(people.member) == [kept]
    assert unread_count(people.member) == 1
    assert people.member.get(f"notifications/{made['id']}/why/").status_code == 200
