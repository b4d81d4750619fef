"""The log as a file: begun by a form, written by the clock a chunk at a time, whole and without formulas."""

import csv
import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from hackitech.clock import STEPS
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.notification import Notification
from hackitech.models.task import Task
from hackitech.models.user import User
from hackitech.notifications import log_queries, log_service
from hackitech.tasks.queries import get_task, parts_of
from hackitech.tasks.service import advance_due_task
from tests.admin.logged import became, event_of, told
from tests.admin.test_log_pages import admin, ana, bo
from tests.factories import make_user, same_origin

__all__ = ["admin", "ana", "bo"]
Rows = list[dict[str, str]]


def begin(client: FlaskClient, **filters: Any) -> int:
    """Ask for an export, and return its task."""
    answer = client.post("/admin/log/export", data=filters, headers=same_origin(client))
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith("/admin/tasks/"), answer.location
    return int(answer.location.rpartition("/")[2])


def run() -> int:
    """Be a clock until nothing is left to do, and return how many steps that took."""
    steps = 0
    while advance_due_task(STEPS):
        steps += 1
    return steps


def exported(client: FlaskClient, **filters: Any) -> Rows:
    """Return the lines of a whole export, by column."""
    task = begin(client, **filters)
    run()
    return rows_of(client, task)


def rows_of(client: FlaskClient, task: int) -> Rows:
    answer = client.get(f"/admin/tasks/{task}/file", buffered=True)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_a_line_says_who_was_told_what_and_what_became_of_it(client: FlaskClient, ana: User):
    copy = told(ana, title={"fr": "Salle changée", "en": "Room change"})
    became(copy, "email", "permanent-failure")
    became(copy, "push", "suppressed", rule="no_address")
    with atomic() as session:
        session.execute(sa.update(Notification).values(read_at=now()))

    (row,) = exported(client)

    assert row["Number"] == str(copy) and row["Message no."] == str(event_of(copy))
    assert (row["Name"], row["Email address"]) == ("Ana Sousa", "ana@example.org")
    assert (row["Type"], row["Title"], row["Topic"]) == ("announcement", "Room change", "")
    assert row["Created (UTC)"].endswith("Z") and row["Read (UTC)"] and not row["Seen (UTC)"]
    assert (row["Inbox"], row["Inbox: rule"]) == ("delivered", "default_on")
    assert (row["Email"], row["Push"], row["Push: rule"]) == ("permanent-failure", "suppressed", "no_address")


def test_the_header_speaks_the_language_of_who_asks(client: FlaskClient, admin: User, ana: User):
    told(ana, title={"fr": "Salle changée", "en": "Room change"})
    with atomic() as session:
        session.execute(sa.update(User).where(User.id == admin.id).values(locale="fr"))
    (row,) = exported(client)
    assert row["Titre"] == "Salle changée" and row["Boîte de réception"] == "delivered"


def test_the_file_is_unicode_for_excel_and_runs_nothing(client: FlaskClient, admin: User):
    told(make_user(name="=HYPERLINK(1)"), title="@SUM(1)")
    task = begin(client)
    run()
    answer = client.get(f"/admin/tasks/{task}/file", buffered=True)
    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = f"notifi-log-{now():%Y-%m-%d}.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    (row,) = rows_of(client, task)
    assert (row["Name"], row["Title"]) == ("'=HYPERLINK(1)", "'@SUM(1)")


@pytest.mark.parametrize("by", ["everybody", "person", "event", "status"])
def test_every_row_is_in_it_once_however_many_chunks(
    by: str, client: FlaskClient, ana: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(log_service, "CHUNK", 3)
    monkeypatch.setattr(log_queries, "LOOKED_AT", 5)
    wide = told(ana, *(make_user() for _ in range(7)), title="Wide")
    told(*(make_user() for _ in range(6)), title="Others")
    for number in range(7):
        became(told(ana, title=f"No. {number}"), "email", "unknown" if number % 3 else "expired")
    mine = [f"No. {number}" for number in range(7)]
    asked: dict[str, tuple[dict[str, Any], list[str]]] = {
        "everybody": ({}, ["Wide"] * 8 + ["Others"] * 6 + mine),
        "person": ({"person": ana.id}, ["Wide", *mine]),
        "event": ({"event": event_of(wide)}, ["Wide"] * 8),
        "status": ({"status": "expired"}, ["No. 0", "No. 3", "No. 6"]),
    }
    filters, titles = asked[by]

    task = begin(client, **filters)
    steps = run()

    rows = rows_of(client, task)
    assert [row["Title"] for row in rows] == titles
    assert len({row["Number"] for row in rows}) == len(titles)
    stored = get_task(db.session(), task)
    assert stored.result == {"rows": len(titles)} and stored.done == stored.total
    assert steps > 1


def test_the_bar_moves_up_to_its_end(client: FlaskClient, ana: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log_queries, "LOOKED_AT", 5)
    for _ in range(12):
        told(ana)
    task = begin(client, q="nowhere")
    seen = []
    while advance_due_task(STEPS):
        db.session.rollback()
        row = get_task(db.session(), task)
        seen.append((row.done, row.total, row.status))
    assert seen == [(5, 12, "running"), (10, 12, "running"), (12, 12, "done")]
    assert rows_of(client, task) == []
    assert list(parts_of(db.session(), task))[0].startswith("\ufeffNumber,"), "a header, all the same"


def test_what_arrives_meanwhile_is_left_out(client: FlaskClient, ana: User):
    told(ana, title="Before")
    task = begin(client)
    told(ana, title="Meanwhile")
    run()
    assert [row["Title"] for row in rows_of(client, task)] == ["Before"]


def test_an_empty_log_is_a_header(client: FlaskClient, admin: User):
    task = begin(client)
    assert run() == 1
    assert rows_of(client, task) == []
    assert get_task(db.session(), task).status == "done"


def test_it_is_audited_with_its_filters(client: FlaskClient, admin: User, ana: User):
    task = begin(client, person="ana@example.org", status="failed", **{"from": "2026-11-01T00:00"})
    entry = db.session.query(AuditEntry).one()
    assert (entry.actor_id, entry.action, entry.object_id) == (admin.id, "log.export", str(task))
    asked = entry.after["filters"]  # type: ignore[index]
    assert asked["recipient_id"] == ana.id and "permanent-failure" in asked["statuses"]
    assert asked["created_after"] == "2026-10-31T23:00:00Z"


def test_filters_that_mean_nothing_begin_nothing(client: FlaskClient, ana: User, bo: User):
    make_user(name="Bo too")
    for filters in ({"event": "x"}, {"person": "bo"}):
        answer = client.post("/admin/log/export", data=filters, headers=same_origin(client))
        assert answer.status_code == 303 and answer.location.startswith("/admin/log/?")
    assert db.session.query(Task).count() == 0
    assert client.get("/admin/log/export").location == "/admin/log/"
