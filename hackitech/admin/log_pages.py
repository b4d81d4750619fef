"""The log: every notification with what became of it on each channel, and the same as a file."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.admin.blueprint import admin_page
from hackitech.admin.log_detail_view import detail_context
from hackitech.admin.log_view import Asked, export_header, list_context, typed_values
from hackitech.channels.registry import channel_keys
from hackitech.core.web import is_fragment_request, see_other, toast
from hackitech.notifications.log_service import begin_export

log = Blueprint("log", __name__, url_prefix="/log")


@log.get("/")
@admin_page
def index() -> Response:
    """List notifications, newest first, under the filters of the address."""
    asked = Asked.read(request.args)
    page = render_template("admin/log.html", **list_context(asked, request.args.get("cursor")))
    return make_response(page, 422 if asked.errors else 200)


@log.get("/<id:notification_id>")
@admin_page
def show(notification_id: int) -> str:
    """Show the timeline of one notification: a page of its own, or to HTMX what stands beside the list."""
    context = detail_context(notification_id)
    if is_fragment_request():
        return render_template("admin/_log_detail.html", **context)
    back_url = url_for(".index", **typed_values(request.args))
    return render_template("admin/log_detail.html", back_url=back_url, **context)


@log.post("/export")
@admin_page
def export() -> Response:
    """Begin to write what the filters find to a file, and lead to the page that follows it."""
    asked = Asked.read(request.form)
    if asked.errors or asked.namesakes:
        toast(_("Nothing was exported: look at the filters first."), "error")
        return see_other(asked.url())
    channels = channel_keys()
    locale = current_user.locale
    task_id = begin_export(current_user.id, asked.filters, export_header(channels), channels, locale)
    return see_other(url_for("admin.tasks.show", task_id=task_id))


@log.get("/export")
@admin_page
def leave() -> Response:
    """Lead back to the log from the address of its form."""
    return see_other(url_for(".index"))
