"""The pages of tasks: how far they are, stopping them, what they made; an organiser finds their own."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hackitech.core.clock import after
from hackitech.core.database import db
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.task import Task
from hackitech.models.task_part import TaskPart
from hackitech.models.user import User
from hackitech.notifications.retention_service import START, purge_chunk
from tests.factories import make_user, same_origin, sign_in

pytestmark = pytest.mark.usefixtures("db_session")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def admin(client: FlaskClient, db_session: object) -> User:
    user = make_user("admin")
    sign_in(client, user)
    return user


def make_task(owner: User, status: str = "running", **columns: Any) -> int:
    """Store a task, and return its id."""
    over = status != "running"
    values = {
        "kind": "export",
        "params": {},
        "result": {"rows": 12},
        "done": 50,
        "total": 200,
        "due_at": None if over else after(0),
        "finished_at": after(0) if over else None,
        "created_at": after(-60),
        **columns,
    }
    with atomic() as session:
        task = Task(owner_id=owner.id, status=status, **values)
        session.add(task)
        session.flush()
        session.add_all(TaskPart(task_id=task.id, number=n, content=f"part {n}\n") for n in range(3))
        return task.id


def test_a_page_says_how_far_it_is(client: FlaskClient, admin: User):
    page = client.get(f"/admin/tasks/{make_task(admin)}").text
    assert '<progress class="progress__bar" aria-label="The log as a file" max="200" value="50">' in page
    assert "25%" in page and "Under way" in page and "12 rows are in the file." in page
    assert "/file" not in page, "not before it is whole"


def test_only_a_task_that_runs_asks_again(client: FlaskClient, admin: User):
    running = client.get(f"/admin/tasks/{make_task(admin)}", headers=HTMX).text
    assert running.lstrip().startswith("<section") and 'hx-trigger="every 2s"' in running
    assert "announce" not in running, "nothing is said aloud at each tick"
    for status in ("done", "cancelled", "failed"):
        over = client.get(f"/admin/tasks/{make_task(admin, status)}", headers=HTMX).text
        assert "hx-trigger" not in over and "Stop</button>" not in over
        assert 'id="announce" hx-swap-oob="innerHTML"' in over, "but once it is over"


def test_a_task_without_rows_is_a_full_bar_once_it_is_over(client: FlaskClient, admin: User):
    task = make_task(admin, "done", done=0, total=0, result={"rows": 0})
    page = client.get(f"/admin/tasks/{task}").text
    assert 'max="1" value="1"' in page and "100%" in page


def test_a_kind_that_is_not_known_any_more_is_shown_all_the_same(client: FlaskClient, admin: User):
    page = client.get(f"/admin/tasks/{make_task(admin, 'done', kind='old')}").text
    assert "50 of 200" in page and "Finished" in page and "/file" not in page


def test_stopping_it_is_audited_and_safe_to_press_twice(client: FlaskClient, admin: User):
    task = make_task(admin)
    for said in ("Stopped. What was done until now stays.", "It was over already."):
        answer = client.post(f"/admin/tasks/{task}/cancel", headers=same_origin(client))
        assert answer.status_code == 303 and answer.location == f"/admin/tasks/{task}"
        assert said in client.get(answer.location).text
    assert db.session.get_one(Task, task).status == "cancelled"
    assert db.session.query(AuditEntry.action).one() == ("task.cancel",)
    assert client.get(f"/admin/tasks/{task}/cancel").location == f"/admin/tasks/{task}"


def test_a_file_is_there_once_it_is_whole(client: FlaskClient, admin: User):
    done = client.get(f"/admin/tasks/{make_task(admin, 'done')}/file", buffered=True)
    assert done.text == "part 0\npart 1\npart 2\n"
    for status in ("running", "cancelled", "failed"):
        assert client.get(f"/admin/tasks/{make_task(admin, status)}/file").status_code == 404
    assert client.get(f"/admin/tasks/{make_task(admin, 'done', kind='old')}/file").status_code == 404


def test_an_organiser_finds_their_own_an_administrator_all(app: Flask, client: FlaskClient, admin: User):
    organiser = make_user("organiser")
    theirs, others = make_task(organiser, "done"), make_task(admin, "done")
    assert listed(client) == {theirs, others}
    sign_in(client, organiser)
    assert listed(client) == {theirs}
    for path, status in (("", 200), ("/file", 200)):
        assert client.get(f"/admin/tasks/{theirs}{path}", buffered=True).status_code == status
        assert client.get(f"/admin/tasks/{others}{path}").status_code == 404
    assert client.post(f"/admin/tasks/{others}/cancel", headers=same_origin(client)).status_code == 404
    sign_in(client, make_user())
    assert client.get(f"/admin/tasks/{theirs}").status_code == 403


def listed(client: FlaskClient) -> set[int]:
    return {
        int(found) for found in re.findall(r'href="/admin/tasks/(\d+)"', client.get("/admin/tasks/").text)
    }


def test_nothing_begun_yet_is_said(client: FlaskClient, admin: User):
    assert "No task yet" in client.get("/admin/tasks/").text


def test_finished_tasks_go_after_some_days_with_their_files(app: Flask, admin: User):
    keep = app.config["TASK_KEEP"]
    old = make_task(admin, "done", finished_at=after(-keep - 60))
    left = {make_task(admin, "done", finished_at=after(-keep + 60)), make_task(admin)}
    position: Any = START
    while position is not None:
        position = purge_chunk(position)[2]
    assert {task for (task,) in db.session.query(Task.id)} == left
    assert not db.session.query(TaskPart).filter_by(task_id=old).count()
