"""The roster of a message that asks to be acknowledged: who has taken note; those who have not, reminded."""

from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts.confirmation import password_confirmed
from hackitech.admin.blueprint import own_only, staff_page
from hackitech.admin.roster_view import roster_context
from hackitech.core.database import db
from hackitech.core.errors import Conflict, NotFound
from hackitech.core.web import see_other, toast
from hackitech.notifications.event_queries import get_event
from hackitech.notifications.resend_service import resend_to_missing

roster = Blueprint("roster", __name__)


@roster.get("/<id:event_id>/roster")
@staff_page
def show(event_id: int) -> str:
    """List whom a message did not reach, who has not seen it, who has, and who confirmed."""
    return render_template("admin/roster.html", **roster_context(_asking(event_id)))


@roster.post("/<id:event_id>/roster/resend")
@staff_page
@password_confirmed
def resend(event_id: int) -> Response:
    """Send a message again to those who have not confirmed, and to nobody else."""
    event = _asking(event_id)
    try:
        task_id = resend_to_missing(event.id, own_only(), current_user.id)
    except Conflict:
        toast(_("Nothing was sent again: look at what has changed here meanwhile."), "error")
        return _back(event_id)
    return see_other(url_for("admin.tasks.show", task_id=task_id))


@roster.get("/<id:event_id>/roster/resend")
@staff_page
def leave(event_id: int) -> Response:
    """Lead back to the roster from the address of its form."""
    return _back(event_id)


def _asking(event_id: int) -> Any:
    """Return the row of an event of the caller's that asks to be acknowledged.

    Raises:
        NotFound
    """
    event = get_event(db.session(), event_id, own_only())
    if not event.acknowledge:
        raise NotFound("This message does not ask to be acknowledged.")
    return event


def _back(event_id: int) -> Response:
    return see_other(url_for(".show", event_id=event_id))
