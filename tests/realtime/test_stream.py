"""The stream from outside: a real server, a real Redis, a client that shares no code with it."""

from collections.abc import Callable

from flask import Flask

from hackitech.core.transaction import atomic
from hackitech.notifications import service
from hackitech.notifications.filters import Filters
from hackitech.notifications.notify import notify
from tests.factories import bearer, make_user
from tests.realtime.server import Listener, WebProcess, ids
from tests.realtime.story import copy_of, send

Listen = Callable[..., Listener]


def test_hello_comes_first_and_says_what_is_there(platform: Flask, listen: Listen):
    member = make_user()
    send(member)
    newest = send(member)
    assert listen(member).hello == {"type": "hello", "unread_count": 2, "last_id": newest}
    assert listen(make_user()).hello == {"type": "hello", "unread_count": 0, "last_id": 0}


def test_a_new_notification_arrives_as_the_api_shows_it(platform: Flask, listen: Listen, web: WebProcess):
    member = make_user()
    stream = listen(member)
    new = send(member, title="Bonjour", data={"room": "é 2"})
    frame = stream.expect("notification.created")
    shown = web.get(f"/api/notifications/notifications/{new}/", bearer(member)).json()
    assert frame == {"type": "notification.created", "notification": shown, "unread_count": 1}


def test_one_change_is_one_frame(platform: Flask, listen: Listen, web: WebProcess):
    member = make_user()
    first, second = send(member), send(member)
    stream = listen(member)
    service.act(first, member.id, "read")
    service.act(first, member.id, "read")  # changes nothing any more
    frames = stream.take(1)  # a frame says the count of when it was written
    web.send("DELETE", f"/api/notifications/notifications/{second}/", bearer(member))
    service.mark_all_as_read(member.id, Filters())  # nothing is left to mark
    frames += stream.take(1)
    third = send(member)
    frames += stream.take(1)
    service.mark_all_as_read(member.id, Filters())
    frames += stream.rest()
    assert [(f["type"], f["unread_count"]) for f in frames] == [
        ("notification.updated", 1),
        ("notification.deleted", 0),
        ("notification.created", 1),
        ("inbox.changed", 0),
    ]
    assert frames[0]["notification"]["id"] == first and frames[0]["notification"]["is_read"]
    assert frames[1]["id"] == second
    assert frames[2]["notification"]["id"] == third


def test_what_is_confirmed_is_one_frame_too(platform: Flask, listen: Listen):
    member = make_user()
    asking = send(member, acknowledge=True)
    stream = listen(member)
    for _ in "12":
        service.acknowledge(asking, member.id)
    (frame,) = stream.rest()
    assert (frame["type"], frame["unread_count"]) == ("notification.updated", 0)
    assert frame["notification"]["acknowledged_at"]


def test_frames_keep_the_order_of_what_happened(platform: Flask, listen: Listen):
    member = make_user()
    stream = listen(member)
    sent = [send(member) for _ in range(40)]
    frames = stream.take(40)
    assert ids(frames) == sent
    assert [frame["unread_count"] for frame in frames] == sorted(frame["unread_count"] for frame in frames)


def test_every_socket_of_a_member_is_told_and_nobody_else(platform: Flask, listen: Listen):
    member, other = make_user(), make_user()
    here, there, elsewhere = listen(member), listen(member), listen(other)
    new = send(member)
    service.act(new, member.id, "read")
    assert [f["type"] for f in here.take(2)] == ["notification.created", "notification.updated"]
    assert [f["type"] for f in there.take(2)] == ["notification.created", "notification.updated"]
    assert elsewhere.rest() == []


def test_each_recipient_gets_their_own_copy_in_their_language(platform: Flask, listen: Listen):
    french, english = make_user(locale="fr"), make_user(locale="en")
    streams = listen(french), listen(english)
    with atomic():
        told = notify(
            "announcement",
            recipients=[french, english],
            title={"fr": "Salle changée", "en": "Room changed"},
            message={"fr": "…", "en": "…"},
        )
    first, second = (stream.expect("notification.created")["notification"] for stream in streams)
    assert (first["id"], first["title"]) == (copy_of(told.event_id, french), "Salle changée")
    assert (second["id"], second["title"]) == (copy_of(told.event_id, english), "Room changed")


def test_a_broadcast_reaches_all_who_listen_once(platform: Flask, listen: Listen):
    members = [make_user() for _ in range(3)]
    streams = [listen(member) for member in members]
    with atomic():
        notify("announcement", all=True, title="To all", message="…")
    for member, stream in zip(members, streams, strict=True):
        (frame,) = stream.rest()
        assert frame["notification"]["recipient"] == member.id


def test_who_has_a_copy_is_told_that_it_says_something_else(platform: Flask, listen: Listen, web: WebProcess):
    member, bystander, admin = make_user(), make_user(), make_user("admin")
    old = send(member, title="Room 1")
    stream, elsewhere = listen(member), listen(bystander)
    path = f"/api/notifications/notifications/{old}/"
    web.send("PATCH", path, bearer(admin, "read", "write", "admin"), json={"title": "Room 2"})
    (frame,) = stream.rest()
    assert (frame["type"], frame["notification"]["title"]) == ("notification.updated", "Room 2")
    assert elsewhere.rest() == []


def test_who_had_a_copy_reads_the_list_when_it_is_withdrawn(platform: Flask, listen: Listen, web: WebProcess):
    member, bystander, admin = make_user(), make_user(), make_user("admin")
    send(member, object="project:7")
    stream, elsewhere = listen(member), listen(bystander)
    path = "/api/notifications/events/retract/"
    scopes = ("read", "write", "send", "admin")
    assert web.send("POST", path, bearer(admin, *scopes), json={"object": "project:7"}).ok
    assert stream.rest() == [{"type": "inbox.changed", "unread_count": 0}]
    assert elsewhere.rest() == []


def test_what_a_member_turned_off_in_app_does_not_arrive(platform: Flask, listen: Listen):
    member = make_user()
    stream = listen(member)
    send(member, channels=["email"])
    assert stream.rest() == []


def test_what_a_client_says_is_ignored(platform: Flask, listen: Listen):
    member = make_user()
    stream = listen(member)
    for said in ("hello?", '{"type": "ping"}', b"\x00\xff", "x" * 1000):
        stream.connection.send(said)
    stream.connection.ping().wait(2)
    send(member)
    assert stream.expect("notification.created")
