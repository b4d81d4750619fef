"""Creating: for one, for many, for a topic, a role or everybody; in one's own words or the type's."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask

from hackitech.notifications.schedule_service import advance_due_event
from tests.callers import Caller, People, errors_of, make_caller
from tests.notifications.mailbox import FUTURE, PAST, create, created, listed, make_topic, newest, read_one

EVENT = {"id", "status", "total", "done", "by_channel", "unknown_recipients"}


def invitation(sender: Caller, **fields: Any) -> Any:
    """Create an invitation in the type's own words."""
    return sender.post("notifications/", {"notification_type": "team_invitation", **fields})


def test_one_recipient_is_a_notification_at_once(people: People):
    response = create(people.admin, recipient=people.member.id)
    assert response.status_code == 201
    assert response.get_json() == read_one(people.admin, newest(people.member))
    assert response.get_json()["recipient"] == people.member.id


def test_several_recipients_are_an_event(people: People):
    chosen = [people.member.id, people.other.id, people.member.id]
    response = create(people.admin, recipients=chosen)
    assert response.status_code == 202
    event = response.get_json()
    assert event.keys() >= EVENT
    assert (event["status"], event["total"], event["done"]) == ("done", 2, 2)
    assert event["by_channel"]["in_app"] == {"delivered": 2}
    assert event["by_channel"]["email"] == {"created": 2}
    assert event["by_channel"]["push"] == {} or sum(event["by_channel"]["push"].values()) <= 2
    assert len(listed(people.member)) == len(listed(people.other)) == 1
    assert listed(people.organiser) == []


def test_a_topic_reaches_those_who_follow_it_but_the_actor(people: People):
    topic = make_topic("rust", people.member, people.other, is_open=False)
    event = created(people.admin, topic=topic, actor=people.other.id)
    assert (event["total"], event["status"]) == (1, "done")
    (shown,) = people.member.get("notifications/").get_json()["results"]
    assert (shown["topic"], shown["actor"]["id"]) == ("rust", people.other.id)
    assert listed(people.other) == []


def test_all_reaches_everybody_but_the_actor(people: People):
    event = created(people.admin, all=True, actor=people.admin.id)
    assert event["total"] == 3
    for member in (people.member, people.other, people.organiser):
        assert len(listed(member)) == 1
    assert listed(people.admin, "my_notifications/") == []


def test_a_role_reaches_those_who_have_it_but_the_actor(people: People):
    second = make_caller(people.admin.client.application, "organiser")
    event = created(people.admin, role="organiser", actor=second.id)
    assert (event["role"], event["topic"], event["total"], event["status"]) == ("organiser", None, 1, "done")
    assert len(listed(people.organiser)) == 1
    for other in (people.member, people.other, second):
        assert listed(other) == []
    assert created(people.admin, role="member")["total"] == 2
    assert created(people.admin, role="admin")["total"] == 1


def advance_what_is_due() -> None:
    while advance_due_event():
        pass


def test_a_role_is_written_in_chunks_and_goes_on_after_a_pause(
    people: People, app: Flask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(app.config, "INLINE_CHUNK_SIZE", 1)
    monkeypatch.setitem(app.config, "CHUNK_SIZE", 1)
    organisers = [
        people.organiser,
        *(make_caller(app, role) for role in ("organiser", "member", "organiser")),
    ]
    event = created(people.admin, role="organiser")
    assert (event["status"], event["done"], event["total"]) == ("running", 1, 3)
    people.admin.post(f"events/{event['id']}/pause/")
    advance_what_is_due()
    assert [len(listed(caller)) for caller in organisers] == [1, 0, 0, 0]
    people.admin.post(f"events/{event['id']}/resume/")
    advance_what_is_due()
    assert [len(listed(caller)) for caller in organisers] == [1, 1, 0, 1]
    assert people.admin.get(f"events/{event['id']}/").get_json()["status"] == "done"


def test_the_actor_may_be_told_by_name(people: People):
    event = created(people.admin, recipients=[people.member.id, people.other.id], actor=people.other.id)
    assert event["total"] == 2


def test_the_words_of_a_type_come_from_its_params(people: People):
    response = invitation(
        people.admin, recipient=people.member.id, params={"team": "Rust"}, actor=people.other.id
    )
    assert response.status_code == 201
    shown = read_one(people.member, newest(people.member))
    assert shown["title"] == "Invitation to team Rust"
    assert shown["message"].startswith("Member") and shown["message"].endswith("team “Rust”.")


def test_params_are_checked_by_name(people: People):
    for params, field in (
        (None, "params.team"),
        ({}, "params.team"),
        ({"team": ""}, "params.team"),
        ({"team": 5}, "params.team"),
        ({"team": "x", "colour": "red"}, "params.colour"),
        ({"team": "x", "respond_by": "soon"}, "params.respond_by"),
        ([], "params"),
        ("team", "params"),
    ):
        fields: dict[str, Any] = {} if params is None else {"params": params}
        assert list(errors_of(invitation(people.admin, recipient=people.member.id, **fields))) == [field]
    assert listed(people.member) == []


def test_own_words_make_params_optional_but_not_wrong(people: People):
    words = {"title": "Come", "message": "To us"}
    assert invitation(people.admin, recipient=people.member.id, **words).status_code == 201
    response = invitation(people.admin, recipient=people.member.id, **words, params={"colour": "red"})
    assert list(errors_of(response)) == ["params.colour"]


def test_title_and_message_go_together(people: People):
    for given, missing in (("title", "message"), ("message", "title")):
        response = invitation(people.admin, recipient=people.member.id, params={"team": "x"}, **{given: "x"})
        assert list(errors_of(response)) == [missing]


def test_an_unknown_recipient_alone_is_refused(people: People):
    for unknown in (9223372036854775807, people.stranger.id + 10**6):
        assert list(errors_of(create(people.admin, recipient=unknown))) == ["recipient"]


def test_unknown_recipients_among_many_are_listed_and_stop_nobody(people: People):
    event = created(people.admin, recipients=[10**9, people.member.id, 10**6, 10**9])
    assert event["unknown_recipients"] == [10**9, 10**6]
    assert event["total"] == 1
    assert len(listed(people.member)) == 1
    event_again = people.admin.get(f"events/{event['id']}/").get_json()
    assert event_again["unknown_recipients"] == [10**9, 10**6]


def test_only_unknown_recipients_are_refused(people: People):
    assert list(errors_of(create(people.admin, recipients=[10**9, 10**6]))) == ["recipients"]


def test_what_lies_in_the_future_is_scheduled(people: People):
    topic = make_topic("rust", people.member)
    for audience, total in (
        ({"recipient": people.member.id}, 1),
        ({"recipients": [people.member.id, people.other.id]}, 2),
        ({"topic": topic}, 1),
        ({"role": "member"}, 2),
        ({"all": True}, 4),
    ):
        response = create(people.admin, **audience, send_at=FUTURE)
        assert response.status_code == 202
        event = response.get_json()
        assert (event["status"], event["total"], event["done"]) == ("scheduled", total, 0)
        assert event["send_at"] == FUTURE and event["by_channel"] == {}
    assert listed(people.admin) == []


def test_what_lies_in_the_past_goes_at_once(people: People):
    assert create(people.admin, recipient=people.member.id, send_at=PAST).status_code == 201
    assert create(people.admin, recipient=people.member.id, send_at=None).status_code == 201


def test_it_must_expire_later_than_it_is_sent(people: People):
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    for times in ({"expires_at": PAST}, {"send_at": FUTURE, "expires_at": tomorrow}):
        response = create(people.admin, recipient=people.member.id, **times)
        assert list(errors_of(response)) == ["expires_at"]
    made = created(people.admin, recipient=people.member.id, expires_at=tomorrow)
    assert dt.datetime.fromisoformat(made["expires_at"]) == dt.datetime.fromisoformat(tomorrow)


def test_channels_narrow_and_never_override(people: People):
    event = created(people.admin, recipients=[people.member.id], channels=["in_app"])
    assert event["by_channel"]["email"] == {"suppressed": 1}
    made = created(people.admin, recipient=people.member.id, channels=["email", "email"])
    assert made["id"] not in listed(people.member)
    people.member.post("preferences/", {"notification_type": "comment", "channel": "email", "enabled": False})
    fields = {"notification_type": "comment", "channels": ["email"]}
    event = created(people.admin, recipients=[people.member.id], **fields)
    assert event["by_channel"]["email"] == {"suppressed": 1}


def test_a_thousand_recipients_and_no_more(people: People):
    many = [people.member.id, *range(10**6, 10**6 + 999)]
    assert created(people.admin, recipients=many)["total"] == 1
    assert list(errors_of(create(people.admin, recipients=[*many, 1]))) == ["recipients"]
    assert list(errors_of(create(people.admin, recipients=[]))) == ["recipients"]


def test_sending_takes_the_scope(people: People):
    app = people.admin.client.application
    sender = make_caller(app, "member", ("send",))
    assert create(sender, recipient=people.member.id).status_code == 201
    for caller in (people.member, people.organiser, make_caller(app, "admin", ("read", "write", "admin"))):
        response = create(caller, recipient=people.member.id)
        assert response.status_code == 403, response.get_data(as_text=True)
        assert response.get_json()["title"] == "Forbidden"
    assert create(people.stranger, recipient=people.member.id).status_code == 401
