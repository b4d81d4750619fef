"""Long work that somebody began: how far it is, what came of it, and the file that it made."""

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.admin.blueprint import own_only, staff_page
from hackitech.admin.tasks_view import KINDS, UNKNOWN, task_context
from hackitech.core.database import db
from hackitech.core.errors import NotFound
from hackitech.core.web import is_fragment_request, see_other, toast
from hackitech.models.task import DONE
from hackitech.tasks import queries, service

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")
PAGE_SIZE = 25


@tasks.get("/")
@staff_page
def index() -> str:
    """List what was begun lately: by everybody for an administrator, by oneself otherwise."""
    page = queries.NEWEST_FIRST.page(queries.select_tasks(own_only()), request.args.get("cursor"), PAGE_SIZE)
    return render_template(
        "admin/tasks.html",
        tasks=[task_context(row) for row in page.rows],
        next_url=page.next and url_for(".index", cursor=page.next),
        previous_url=page.previous and url_for(".index", cursor=page.previous),
    )


@tasks.get("/<id:task_id>")
@staff_page
def show(task_id: int) -> str:
    """Show how far a task is; HTMX asks for that part again while it runs."""
    task = task_context(queries.get_task(db.session(), task_id, own_only()))
    template = "admin/_task.html" if is_fragment_request() else "admin/task.html"
    return render_template(template, task=task)


@tasks.post("/<id:task_id>/cancel")
@staff_page
def cancel(task_id: int) -> Response:
    """Stop a task where it is."""
    if service.cancel_task(task_id, own_only(), current_user.id):
        toast(_("Stopped. What was done until now stays."))
    else:
        toast(_("It was over already."), "error")
    return see_other(url_for(".show", task_id=task_id))


@tasks.get("/<id:task_id>/cancel")
@staff_page
def leave(task_id: int) -> Response:
    """Lead back to the task from the address of its form."""
    return see_other(url_for(".show", task_id=task_id))


@tasks.get("/<id:task_id>/file")
@staff_page
def download(task_id: int) -> Response:
    """Answer with the file that a task made, once it is whole."""
    task = queries.get_task(db.session(), task_id, own_only())
    kind = KINDS.get(task.kind, UNKNOWN)
    if task.status != DONE or kind.filename is None:
        raise NotFound("This task has made no file.")
    parts = stream_with_context(queries.parts_of(db.session(), task.id))
    name = f"{kind.filename}-{task.created_at:%Y-%m-%d}.csv"
    return Response(
        parts,
        mimetype=kind.mimetype,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
