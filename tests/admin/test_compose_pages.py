"""Composing without JavaScript: three steps, nothing lost, sent once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.admin import reach_view
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.draft import Draft
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.models.topic import Topic
from tests.admin.composing import CONTENT, EVERYBODY, begin, confirmation, event_of, send, write
from tests.admin.staff import Staff
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.usefixtures("db_session")


def make_topic(key: str, owner: Staff | None = None) -> None:
    values = {"key": key, "label": {"fr": key, "en": key}, "is_open": True, "created_at": now()}
    with atomic() as session:
        session.add(Topic(**values, owner_id=owner.user.id if owner else None))


def count(what: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(what)) or 0


def test_a_message_goes_from_nothing_to_everybody_in_three_steps(admin: Staff) -> None:
    members = [make_user() for _ in range(3)]
    draft = begin(admin)
    assert admin.post(f"messages/drafts/{draft}/content", CONTENT).headers["Location"].endswith("/audience")
    assert admin.post(f"messages/drafts/{draft}/audience", EVERYBODY).headers["Location"].endswith("/check")
    page = admin.get(f"messages/drafts/{draft}/check").text
    assert "Room B12" in page and "Send to 4 recipients" in page

    event = event_of(send(admin, draft, 4))

    row = db.session.get_one(Event, event)
    assert (row.title, row.sender_id, row.status) == (
        {"fr": "Salle B12", "en": "Room B12"},
        admin.user.id,
        "done",
    )
    assert count(Notification) == len(members) + 1
    (entry,) = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "message.send"))
    assert (entry.actor_id, entry.object_id, (entry.after or {})["recipients"]) == (
        admin.user.id,
        str(event),
        4,
    )


def test_what_is_unfinished_is_kept_and_what_is_missing_is_said_at_its_field(admin: Staff) -> None:
    draft = begin(admin)
    answer = admin.post(
        f"messages/drafts/{draft}/content", CONTENT | {"title_en": "", "action_url": "javascript:x"}
    )
    assert answer.status_code == 422
    assert 'id="title_en-error"' in answer.text and 'id="action_url-error"' in answer.text
    assert 'id="title_fr-error"' not in answer.text and "Salle B12" in answer.text
    assert "javascript:x" in admin.get(f"messages/drafts/{draft}/content").text
    check = admin.get(f"messages/drafts/{draft}/check").text
    assert "/content#title_en" in check and "/audience#kind" in check and 'name="total"' not in check


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title_fr", "x" * 201),
        ("message_en", " "),
        ("action_url", "//evil.example"),
        ("expires_at", "2020-01-01T10:00"),
        ("expires_at", "tomorrow"),
        ("channels", []),
        ("notification_type", "summary"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(admin: Staff, field: str, value: Any) -> None:
    answer = admin.post(f"messages/drafts/{begin(admin)}/content", CONTENT | {field: value})
    assert answer.status_code == 422 and f'href="#{field}"' in answer.text


@pytest.mark.parametrize("send_at", ["", "2020-01-01T10:00", "9999-99-99T10:00", "2030-01-01T10:00+02:00"])
@pytest.mark.parametrize("when", ["at", "local"])
def test_a_time_that_is_none_or_past_is_refused(admin: Staff, when: str, send_at: str) -> None:
    form = CONTENT | {"when": when, "send_at": send_at}
    answer = admin.post(f"messages/drafts/{begin(admin)}/content", form)
    assert answer.status_code == 422 and 'href="#send_at"' in answer.text


def test_a_wrong_number_says_which_one_to_type_and_sends_nothing(admin: Staff) -> None:
    draft = write(admin)
    for typed in ("2", "", "one", "-1", "99999999999999999999"):
        answer = send(admin, draft, typed)
        assert answer.status_code == 422 and "Type 1: that is how many receive it now." in answer.text
    assert count(Event) == 0
    event_of(send(admin, draft, " 1\u202f"))


def test_what_changed_since_it_was_checked_is_not_sent_unseen(admin: Staff) -> None:
    draft = write(admin)
    seen = confirmation(admin, draft, 1)
    admin.post(f"messages/drafts/{draft}/content", CONTENT | {"title_en": "Another room"})
    answer = admin.post(f"messages/drafts/{draft}/send", seen)
    assert answer.status_code == 409 and "changed meanwhile" in answer.text and "Another room" in answer.text
    assert count(Event) == 0


def test_a_second_submit_leads_to_the_event_of_the_first(admin: Staff) -> None:
    draft = write(admin)
    form = confirmation(admin, draft, 1)
    events = {event_of(admin.post(f"messages/drafts/{draft}/send", form)) for _ in range(2)}
    assert len(events) == count(Event) == count(Notification) == 1
    for step in ("content", "audience", "check", "send"):
        assert event_of(admin.get(f"messages/drafts/{draft}/{step}")) in events
    late = admin.post(
        f"messages/drafts/{draft}/content", CONTENT | {"title_en": "Too late"}, HX_Request="true"
    )
    assert late.status_code == 204 and late.headers["HX-Redirect"] == f"/admin/messages/{events.pop()}"


def test_submits_at_the_same_moment_send_once(app: Flask, admin: Staff) -> None:
    draft = write(admin)
    form = confirmation(admin, draft, 1)
    twin = Staff.__new__(Staff)
    twin.user, twin.client = admin.user, app.test_client()
    twin.client.set_cookie("session", admin.client.get_cookie("session").value)  # type: ignore[union-attr]
    with twin.client.session_transaction() as theirs, admin.client.session_transaction() as ours:
        theirs.update(ours)

    def submit(staff: Staff) -> int:
        return event_of(staff.post(f"messages/drafts/{draft}/send", form))

    with ThreadPoolExecutor(2) as pool:
        events = set(pool.map(submit, [admin, twin]))
    assert len(events) == 1
    assert count(Event) == count(Notification) == 1


def test_sending_asks_for_the_password_again_once_it_was_given_long_ago(admin: Staff) -> None:
    draft = write(admin)
    form = confirmation(admin, draft, 1)
    admin.gave_password(minutes_ago=60)
    asked = admin.post(f"messages/drafts/{draft}/send", form)
    assert "Confirm that it is you" in asked.text and count(Event) == 0
    event_of(admin.post(f"messages/drafts/{draft}/send", form | {"confirmed_password": PASSWORD}))


def test_a_message_can_be_scheduled_by_the_authors_clock_or_by_each_ones(admin: Staff) -> None:
    typed = (now() + dt.timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    for when in ("at", "local"):
        draft = write(admin, when=when, send_at=typed)
        assert "Schedule for 1 recipient" in admin.get(f"messages/drafts/{draft}/check").text
        row = db.session.get_one(Event, event_of(send(admin, draft, 1)))
        local = dt.datetime.fromisoformat(typed)
        assert row.status == "scheduled"
        if when == "local":
            assert (row.send_at_local, row.send_at) == (local, None)
        else:
            assert row.send_at and row.send_at.astimezone(dt.UTC).hour == 8 - bool(row.send_at.dst())


def test_people_are_found_by_address_or_number_and_what_is_nobodys_is_listed_and_kept(admin: Staff) -> None:
    ana, leo = make_user(email="ana@example.org"), make_user()
    typed = f"ANA@example.org, {leo.id}\nnobody@example.org;;{leo.id} 424242 <b>"
    draft = write(admin, {"kind": "people", "people": typed, "step": "next"})
    page = admin.get(f"messages/drafts/{draft}/audience").text
    assert "nobody@example.org" in page and "424242" in page and "&lt;b&gt;" in page and "<li><b>" not in page
    event_of(send(admin, draft, 2))
    assert set(db.session.scalars(sa.select(Notification.recipient_id))) == {ana.id, leo.id}


@pytest.mark.parametrize(
    "audience",
    [
        {"kind": "people", "people": "nobody@example.org"},
        {"kind": "people", "people": "\n".join(str(n) for n in range(1, 1002))},
        {"kind": "people", "people": ""},
        {"kind": "topic", "topic": "nowhere"},
        {"kind": "role", "role": "king"},
        {"kind": "nonsense"},
        {},
    ],
)
def test_an_audience_of_nobody_is_refused(admin: Staff, audience: dict[str, str]) -> None:
    draft = begin(admin)
    answer = admin.post(f"messages/drafts/{draft}/audience", {**audience, "step": "next"})
    assert answer.status_code == 422 and "There is a problem" in answer.text


def test_an_organiser_sends_to_topics_of_their_own_alone(organiser: Staff) -> None:
    make_topic("rust", organiser)
    make_topic("secret")
    draft = begin(organiser)
    organiser.post(f"messages/drafts/{draft}/content", CONTENT)
    page = organiser.get(f"messages/drafts/{draft}/audience").text
    assert "rust" in page and "secret" not in page and 'value="all"' not in page
    forged = [{"kind": "topic", "topic": "secret"}, {"kind": "all"}, {"kind": "role", "role": "member"}]
    for audience in (*forged, {"kind": "people", "people": organiser.user.email}):
        answer = organiser.post(f"messages/drafts/{draft}/audience", {**audience, "step": "next"})
        assert answer.status_code == 422, audience
        sent = organiser.post(f"messages/drafts/{draft}/send", {"seen": stored(draft), "total": "1"})
        assert sent.status_code == 422 and count(Event) == 0
    assert (
        organiser.post(
            f"messages/drafts/{draft}/audience", {"kind": "topic", "topic": "rust", "step": "next"}
        )
        .headers["Location"]
        .endswith("/check")
    )


def stored(draft: int) -> str:
    db.session.expire_all()
    return db.session.get_one(Draft, draft).updated_at.isoformat()


def test_a_draft_is_its_authors_alone(app: Flask, admin: Staff, organiser: Staff) -> None:
    draft = write(admin)
    form = confirmation(admin, draft, 2)
    for other in (organiser, Staff(app)):
        for step in ("content", "audience", "reach", "check", "preview/email"):
            assert other.get(f"messages/drafts/{draft}/{step}").status_code == 404
        for step in ("content", "audience", "send", "delete"):
            assert other.post(f"messages/drafts/{draft}/{step}", form).status_code == 404
    assert admin.get(f"messages/drafts/{draft}/check").status_code == 200 and count(Event) == 0


def test_a_member_composes_nothing(app: Flask) -> None:
    member = Staff(app, "member")
    assert member.post("messages/new").status_code == 403
    assert member.get("messages/").status_code == 403


def test_a_draft_is_listed_and_can_be_deleted(admin: Staff) -> None:
    draft = write(admin)
    assert "Room B12" in admin.get("messages/").text
    assert admin.post(f"messages/drafts/{draft}/delete").status_code == 303
    assert admin.get(f"messages/drafts/{draft}/content").status_code == 404
    assert "Nothing was sent yet" in admin.get("messages/").text


def test_a_message_that_was_sent_cannot_be_deleted_as_a_draft(admin: Staff) -> None:
    draft = write(admin)
    event_of(send(admin, draft, 1))
    assert admin.post(f"messages/drafts/{draft}/delete").status_code == 404


def test_what_is_written_is_saved_and_shown_while_it_is_written(admin: Staff) -> None:
    draft = begin(admin)
    half = CONTENT | {"title_fr": "Salle <b>", "title_en": "", "step": ""}
    answer = admin.post(f"messages/drafts/{draft}/content", half, HX_Request="true")
    assert answer.status_code == 200 and "Salle &lt;b&gt;" in answer.text and "<html" not in answer.text
    assert 'id="look-fr"' in answer.text and 'id="look-en"' in answer.text
    counted = admin.post(f"messages/drafts/{draft}/audience", {"kind": "all"}, HX_Request="true")
    assert "<strong>1</strong> recipient" in counted.text


def test_the_email_is_previewed_as_it_is_sent_in_a_frame_that_runs_nothing(admin: Staff) -> None:
    draft = write(admin, message_en="<script>alert(1)</script>\n\nSecond", action_url="/schedule")
    frame = admin.get(f"messages/drafts/{draft}/preview/email?locale=en")
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "<script>" not in frame.text and "&lt;script&gt;" in frame.text
    assert f"Hello {admin.user.name}," in frame.text and "/schedule" in frame.text
    assert "Bonjour" in admin.get(f"messages/drafts/{draft}/preview/email?locale=nonsense").text
    for step in ("content", "check"):
        page = admin.get(f"messages/drafts/{draft}/{step}")
        assert "frame-src 'self'" in page.headers["Content-Security-Policy"]


def test_channels_that_are_left_out_are_counted_with_the_reason(admin: Staff) -> None:
    draft = write(admin, channels=["in_app"])
    page = admin.get(f"messages/drafts/{draft}/check").text
    assert "1 not: you left this channel out" in page
    event = event_of(send(admin, draft, 1))
    assert db.session.get_one(Event, event).channels == ["in_app"]


def test_of_many_recipients_channels_are_counted_after_the_page(
    admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach_view, "COUNTED_AT_ONCE", 0)
    draft = write(admin)
    page = admin.get(f"messages/drafts/{draft}/check").text
    assert "<strong>1</strong> recipient" in page and 'hx-trigger="load"' in page and "<td" not in page
    for path in ("reach", "check?counted=1", "audience?counted=1"):
        assert "<td" in admin.get(f"messages/drafts/{draft}/{path}").text
