"""A message that was sent: how far it has come, and what its sender can still do about it."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.admin.blueprint import own_only, staff_page
from hackitech.admin.compose_view import WORDS, sentences
from hackitech.admin.progress_view import channels_context, page_context, progress_context
from hackitech.core.database import db
from hackitech.core.errors import Conflict, Invalid
from hackitech.core.i18n import LOCALES
from hackitech.core.web import see_other, toast
from hackitech.notifications import event_service, stopping_service
from hackitech.notifications.event_queries import get_event
from hackitech.notifications.event_service import Stopped

progress = Blueprint("progress", __name__)


@progress.get("/<id:event_id>/progress")
@staff_page
def bar(event_id: int) -> Response | str:
    """Answer HTMX with how far a message has come; where its state is another one, with all that follows."""
    event = get_event(db.session(), event_id, own_only())
    context = progress_context(event)
    if request.args.get("status") == event.status:
        return render_template("admin/messages/_progress.html", **context)
    return render_template("admin/messages/_moved.html", **context, **channels_context(event))


@progress.get("/<id:event_id>/channels")
@staff_page
def channels(event_id: int) -> str:
    """Answer HTMX with what became of each channel."""
    event = get_event(db.session(), event_id, own_only())
    context = channels_context(event, counted=True)
    return render_template("admin/messages/_channels.html", event=event, **context)


@progress.post("/<id:event_id>/<any(pause, resume):action>")
@staff_page
def pause_or_resume(event_id: int, action: str) -> Response:
    """Hold a message where it is, or let it go on."""
    change = event_service.pause_event if action == "pause" else event_service.resume_event
    try:
        change(event_id, own_only(), current_user.id)
    except Conflict:
        toast(_("It was over already."), "error")
    else:
        toast(_("Paused.") if action == "pause" else _("It goes on."))
    return _back(event_id)


@progress.post("/<id:event_id>/cancel")
@staff_page
def cancel(event_id: int) -> Response:
    """Stop a message for good."""
    stopped = stopping_service.cancel_message(event_id, own_only(), current_user.id)
    toast(_("Cancelled: nobody further receives it.") + _too_late(stopped))
    return _back(event_id)


@progress.post("/<id:event_id>/retract")
@staff_page
def retract(event_id: int) -> Response:
    """Take a message back from every inbox."""
    stopped = stopping_service.retract_message(event_id, own_only(), current_user.id)
    toast(_("Withdrawn: it leaves the inboxes.") + _too_late(stopped))
    return _back(event_id)


@progress.get("/<id:event_id>/<any(pause, resume, cancel, retract, copy):action>")
@staff_page
def leave(event_id: int, action: str) -> Response:
    """Lead back to the message from the address of one of its forms."""
    return _back(event_id)


@progress.get("/<id:event_id>/wording")
@staff_page
def wording(event_id: int) -> str:
    """Show what a message says, to be corrected."""
    event = get_event(db.session(), event_id, own_only())
    said = {f"{name}_{locale}": getattr(event, name)[locale] for name in WORDS for locale in LOCALES}
    return _wording_page(event, said, {})


@progress.post("/<id:event_id>/wording")
@staff_page
def correct(event_id: int) -> Response | str:
    """Correct what a message says, in every inbox and in what has not left yet."""
    event = get_event(db.session(), event_id, own_only())
    said = {
        f"{name}_{locale}": request.form.get(f"{name}_{locale}", "") for name in WORDS for locale in LOCALES
    }
    texts = {name: {locale: said[f"{name}_{locale}"] for locale in LOCALES} for name in WORDS}
    try:
        event_service.edit_event(event_id, own_only(), current_user.id, texts, lambda event: None)
    except Invalid as error:
        return make_response(_wording_page(event, said, sentences(_by_language(error))), 422)
    toast(_("Corrected: that is what everybody reads now."))
    return _back(event_id)


def _wording_page(event: Any, said: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/messages/wording.html", event=event, said=said, errors=errors, **page_context(event)
    )


def _by_language(error: Invalid) -> dict[str, list[str]]:
    """Return the errors under the names of the fields: the text begins with its language."""
    return {f"{name}_{text.partition(':')[0]}": [text] for name, (text, *_more) in error.errors.items()}


def _too_late(stopped: Stopped) -> str:
    """Return how much had left before, as a further sentence."""
    amount = stopped.too_late.total()
    if not amount:
        return ""
    return " " + ngettext(
        "%(count)s email, push or call had left before.",
        "%(count)s emails, pushes or calls had left before.",
        amount,
        count=format_decimal(amount),
    )


def _back(event_id: int) -> Response:
    return see_other(url_for("admin.messages.show", event_id=event_id))
