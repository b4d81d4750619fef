"""What became of a message: how far it is; pause, cancel, withdraw, correct, copy; for those who may."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.admin import progress_view
from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.draft import Draft
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.notifications.notify import notify
from tests.admin.composing import event_of, send, write
from tests.admin.staff import Staff
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("db_session")
SAID = {"title_fr": "Salle C3", "title_en": "Room C3", "message_fr": "Non, C3.", "message_en": "No, C3."}


@pytest.fixture
def event(admin: Staff) -> int:
    """A message that was sent to its sender alone."""
    return event_of(send(admin, write(admin), 1))


def scheduled(sender: Staff, **fields: Any) -> int:
    words = {"title": "Later", "message": "Later"}
    with atomic():
        return notify(
            "announcement",
            recipients=[sender.user],
            sender_id=sender.user.id,
            send_at=after(3600),
            **{**words, **fields},
        ).event_id


def row(event: int) -> Event:
    return db.session.get_one(Event, event)


def audited(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)))


def test_a_message_that_is_sent_shows_what_became_of_each_channel_and_asks_no_more(
    admin: Staff, event: int
) -> None:
    page = admin.get(f"messages/{event}").text
    assert 'max="1" value="1"' in page and "1 of 1" in page and "Sent" in page
    assert "Salle B12" in page and "Room B12" in page
    done = admin.get(f"messages/{event}/progress?status=running", HX_Request="true").text
    assert 'id="progress"' in done and "every 2s" not in done
    assert 'id="acts" role="group"' in done and 'id="channels"' in done and 'id="announce"' in done


def test_while_it_is_sent_the_page_asks_again_and_says_nothing_aloud(
    app: Flask, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "INLINE_CHUNK_SIZE", 1)
    make_user()
    make_user()
    event = event_of(send(admin, write(admin), 3))
    assert "every 2s" in admin.get(f"messages/{event}").text
    tick = admin.get(f"messages/{event}/progress?status=running", HX_Request="true").text
    assert "1 of 3" in tick and "every 2s" in tick
    assert "announce" not in tick and "aria-live" not in tick and 'role="status"' not in tick


def test_of_a_large_message_channels_are_counted_after_the_page(
    admin: Staff, event: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_view, "COUNTED_AT_ONCE", 0)
    page = admin.get(f"messages/{event}").text
    assert "Counting by channel" in page and 'hx-trigger="load"' in page and "<td" not in page
    for path in ("/channels", "?counted=1"):
        assert "<td" in admin.get(f"messages/{event}{path}").text


def test_pausing_and_going_on_are_written_down(app: Flask, admin: Staff) -> None:
    event = scheduled(admin)
    assert admin.post(f"messages/{event}/pause").status_code == 303
    assert row(event).status == "paused"
    assert "Go on" in admin.get(f"messages/{event}").text
    admin.post(f"messages/{event}/resume")
    assert row(event).status == "scheduled"
    assert [len(audited(f"event.{action}")) for action in ("pause", "resume")] == [1, 1]


def test_what_everybody_has_is_paused_and_cancelled_as_long_as_emails_are_to_leave(
    admin: Staff, event: int
) -> None:
    page = admin.get(f"messages/{event}").text
    assert f"/admin/messages/{event}/pause" in page and f"/admin/messages/{event}/cancel" in page
    admin.post(f"messages/{event}/pause")
    assert row(event).status == "paused"
    admin.post(f"messages/{event}/resume")
    assert row(event).status == "done"
    with atomic() as session:
        session.execute(sa.text("UPDATE delivery SET status = 'sent', due_at = NULL"))
    page = admin.get(f"messages/{event}").text
    assert f"/admin/messages/{event}/pause" not in page and f"/admin/messages/{event}/cancel" not in page


def test_pausing_what_is_over_says_so(admin: Staff, event: int) -> None:
    with atomic() as session:
        session.execute(sa.text("DELETE FROM delivery"))
    assert admin.post(f"messages/{event}/pause").status_code == 303
    assert "It was over already." in admin.get(f"messages/{event}").text


def test_cancelling_stops_it_and_is_written_down_once(admin: Staff) -> None:
    event = scheduled(admin)
    for _ in range(2):
        admin.post(f"messages/{event}/cancel")
    assert row(event).status == "cancelled"
    (entry,) = audited("event.cancel")
    assert (entry.actor_id, entry.before) == (admin.user.id, {"status": "scheduled"})


def test_withdrawing_takes_it_out_of_the_inboxes_and_is_written_down_once(admin: Staff, event: int) -> None:
    for _ in range(2):
        admin.post(f"messages/{event}/retract")
    assert row(event).retracted_at is not None
    assert db.session.scalar(sa.select(Notification.place)) == "hidden"
    assert len(audited("event.retract")) == 1
    assert "Withdrawn" in admin.get(f"messages/{event}").text


def test_correcting_changes_it_everywhere_in_both_languages(admin: Staff, event: int) -> None:
    assert "La finale est en B12." in admin.get(f"messages/{event}/wording").text
    assert admin.post(f"messages/{event}/wording", SAID).status_code == 303
    assert row(event).title == {"fr": "Salle C3", "en": "Room C3"}
    assert len(audited("event.edit")) == 1


def test_a_correction_that_says_nothing_is_refused_and_kept(admin: Staff, event: int) -> None:
    answer = admin.post(f"messages/{event}/wording", SAID | {"title_en": " "})
    assert answer.status_code == 422 and 'id="title_en-error"' in answer.text and "Non, C3." in answer.text
    assert row(event).title["fr"] == "Salle B12"


@pytest.mark.parametrize("kind", ["all", "people"])
def test_a_copy_is_a_draft_with_the_same_words_for_the_same_people(admin: Staff, kind: str) -> None:
    ana = make_user(email="ana@example.org")
    audience = {"kind": kind, "people": ana.email, "step": "next"}
    event = event_of(send(admin, write(admin, audience, channels=["in_app"]), 1 if kind == "people" else 2))
    answer = admin.post(f"messages/{event}/copy")
    draft = db.session.scalars(sa.select(Draft).where(Draft.event_id.is_(None))).one()
    assert answer.headers["Location"].endswith(f"/drafts/{draft.id}/content")
    assert draft.content["title"] == {"fr": "Salle B12", "en": "Room B12"}
    assert draft.content["channels"] == ["in_app"]
    assert draft.audience == ({"kind": "all"} if kind == "all" else {"kind": "people", "people": ana.email})


def test_an_organiser_sees_and_changes_what_they_sent_alone(app: Flask, admin: Staff, event: int) -> None:
    organiser = Staff(app, "organiser")
    own = scheduled(organiser)
    assert organiser.get(f"messages/{own}").status_code == 200
    assert "Room B12" not in organiser.get("messages/").text and "Room B12" in admin.get("messages/").text
    for path in ("", "/progress", "/channels", "/wording"):
        assert organiser.get(f"messages/{event}{path}").status_code == 404
    for action in ("pause", "resume", "cancel", "retract", "copy", "wording"):
        assert organiser.post(f"messages/{event}/{action}", SAID).status_code == 404
    assert (row(event).status, row(event).retracted_at, len(audited("event.edit"))) == ("done", None, 0)
    assert organiser.post(f"messages/{own}/cancel").status_code == 303
    assert row(own).status == "cancelled"


def test_the_list_goes_on_page_by_page(admin: Staff) -> None:
    for number in range(21):
        event_of(send(admin, write(admin, title_en=f"Message no. {number}"), 1))
    first = admin.get("messages/").text
    assert "Message no. 20<" in first and "Message no. 0<" not in first and 'rel="next"' in first
    cursor = first.split("cursor=")[1].split('"')[0]
    second = admin.get(f"messages/?cursor={cursor}").text
    assert "Message no. 0<" in second and "Message no. 20<" not in second
    assert admin.get("messages/?cursor=nonsense").status_code == 422


def test_the_addresses_of_forms_lead_back_to_the_message(admin: Staff, event: int) -> None:
    for action in ("pause", "resume", "cancel", "retract", "copy"):
        assert admin.get(f"messages/{event}/{action}").headers["Location"] == f"/admin/messages/{event}"
    assert admin.get("messages/new").headers["Location"] == "/admin/messages/"
