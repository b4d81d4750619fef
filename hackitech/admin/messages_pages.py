"""The messages that organisers sent, and those that they are writing."""

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.admin.blueprint import own_only, staff_page
from hackitech.admin.compose_pages import compose
from hackitech.admin.compose_view import current_sender
from hackitech.admin.messages_view import list_context
from hackitech.admin.progress_pages import progress
from hackitech.admin.progress_view import channels_context, page_context, progress_context
from hackitech.admin.roster_pages import roster
from hackitech.core.database import db
from hackitech.core.web import see_other, toast
from hackitech.drafts import service
from hackitech.notifications.event_queries import get_event

messages = Blueprint("messages", __name__, url_prefix="/messages")
messages.register_blueprint(compose)
messages.register_blueprint(progress)
messages.register_blueprint(roster)


@messages.get("/")
@staff_page
def index() -> str:
    """List one's drafts, and what was sent: an organiser's own, or everybody's."""
    context = list_context(current_user.id, own_only(), request.args.get("cursor"))
    return render_template("admin/messages/index.html", **context)


@messages.get("/new")
@staff_page
def leave() -> Response:
    """Lead to the list, which has the button that begins a message."""
    return see_other(url_for("admin.messages.index"))


@messages.post("/new")
@staff_page
def new() -> Response:
    """Begin a message."""
    draft_id = service.create_draft(current_user.id)
    return see_other(url_for("admin.messages.compose.content", draft_id=draft_id))


@messages.get("/<id:event_id>")
@staff_page
def show(event_id: int) -> str:
    """Show a message, how far it has come, and what became of each channel."""
    event = get_event(db.session(), event_id, own_only())
    channels = channels_context(event, counted="counted" in request.args)
    context = page_context(event) | progress_context(event) | channels
    return render_template("admin/messages/show.html", **context)


@messages.post("/<id:event_id>/copy")
@staff_page
def copy(event_id: int) -> Response:
    """Begin a message that says what one that was sent says."""
    draft_id = service.copy_event(event_id, current_sender())
    toast(_("This is a copy: change what you like, then send it."))
    return see_other(url_for("admin.messages.compose.content", draft_id=draft_id))
