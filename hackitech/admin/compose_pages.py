"""Compose a message in three steps, each saved as it is written: content, recipients, check and send."""

import datetime as dt
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts.confirmation import password_confirmed
from hackitech.admin.blueprint import staff_page
from hackitech.admin.check_view import check_context
from hackitech.admin.compose_view import (
    audience_context,
    content_context,
    current_sender,
    read_audience,
    read_content,
    step_context,
    step_url,
    wrong_total,
)
from hackitech.admin.preview_view import email_preview, previews_context
from hackitech.admin.reach_view import reach_context
from hackitech.core.database import db
from hackitech.core.errors import Conflict, FieldErrors, Invalid
from hackitech.core.i18n import LOCALES
from hackitech.core.security import framing_preview, preview_response
from hackitech.core.web import is_fragment_request, see_other, toast
from hackitech.drafts import service
from hackitech.drafts.checking_service import check_audience, check_content
from hackitech.drafts.queries import get_draft

compose = Blueprint("compose", __name__, url_prefix="/drafts")
Answer = Response | str
View = Callable[..., Any]
_BETWEEN_DIGITS = re.compile(r"[\s.,'’\u00a0\u202f]")


def of_a_draft(view: View) -> View:
    """Give a view the row of one's own draft; one that was sent leads to what became of it."""

    @wraps(view)
    def opened(draft_id: int, **kwargs: Any) -> Any:
        draft = get_draft(db.session(), draft_id, current_user.id)
        if draft.event_id is not None:
            return see_other(url_for("admin.messages.show", event_id=draft.event_id))
        return view(draft, **kwargs)

    return opened


@compose.get("/<id:draft_id>/content")
@staff_page
@of_a_draft
def content(draft: Any) -> Response:
    """Show what the message says, and how it will look."""
    return _content_page(draft)


@compose.post("/<id:draft_id>/content")
@staff_page
@of_a_draft
def save_content(draft: Any) -> Answer:
    """Keep what was written; go on to the recipients where it can be sent like that."""
    saved = service.save_draft(draft.id, current_user.id, read_content(request.form))
    if is_fragment_request():
        return render_template("admin/messages/_written.html", **previews_context(saved), draft=saved)
    if request.form.get("step") != "next":
        return see_other(step_url(draft, "content", _anchor="previews"))
    try:
        check_content(saved, current_sender())
    except Invalid as error:
        return _refused(_content_page(saved, error.errors))
    return see_other(step_url(draft, "audience"))


@compose.get("/<id:draft_id>/audience")
@staff_page
@of_a_draft
def audience(draft: Any) -> str:
    """Show who receives the message, and who is left out and why."""
    return _audience_page(draft)


@compose.post("/<id:draft_id>/audience")
@staff_page
@of_a_draft
def save_audience(draft: Any) -> Answer:
    """Keep who was chosen; go on to the check where there is somebody."""
    saved = service.save_draft(draft.id, current_user.id, read_audience(request.form))
    if is_fragment_request():
        return render_template("admin/messages/_chosen.html", **reach_context(saved), draft=saved)
    if request.form.get("step") != "next":
        return see_other(step_url(draft, "audience", _anchor="reach"))
    try:
        check_audience(saved.audience, current_sender())
    except Invalid as error:
        return _refused(_audience_page(saved, error.errors))
    return see_other(step_url(draft, "check"))


@compose.get("/<id:draft_id>/reach")
@staff_page
@of_a_draft
def reach(draft: Any) -> str:
    """Answer HTMX with whom the message reaches, channel by channel."""
    return render_template("admin/messages/_reach.html", **reach_context(draft, counted=True), draft=draft)


@compose.get("/<id:draft_id>/check")
@staff_page
@of_a_draft
def check(draft: Any) -> Response:
    """Show everything once more, and ask for the number of recipients."""
    return _check_page(draft)


@compose.get("/<id:draft_id>/send")
@staff_page
@of_a_draft
def leave(draft: Any) -> Response:
    """Lead back to the check from the address of its form."""
    return see_other(step_url(draft, "check"))


@compose.post("/<id:draft_id>/send")
@staff_page
@of_a_draft
@password_confirmed
def send(draft: Any) -> Answer:
    """Send the message, once, or set it to be sent at its time."""
    try:
        event_id = service.send_draft(draft.id, current_sender(), _confirmation(draft))
    except Conflict:
        changed = {"": [_("The message was changed meanwhile, perhaps in another tab. Look at it again.")]}
        return _refused(_check_page(draft, changed), 409)
    except Invalid as error:
        wrong = (
            {"total": [wrong_total(error.errors["total"][0])]} if "total" in error.errors else error.errors
        )
        return _refused(_check_page(draft, wrong))
    return see_other(url_for("admin.messages.show", event_id=event_id))


@compose.get("/<id:draft_id>/preview/email")
@staff_page
@of_a_draft
def preview_email(draft: Any) -> Response:
    """Show the email that the message would be, for a frame."""
    locale = request.args.get("locale")
    return preview_response(email_preview(draft, locale if locale in LOCALES else LOCALES[0]))


@compose.post("/<id:draft_id>/delete")
@staff_page
def delete(draft_id: int) -> Response:
    """Throw one's own draft away."""
    service.delete_draft(draft_id, current_user.id)
    toast(_("The draft is deleted."))
    return see_other(url_for("admin.messages.index"))


def _content_page(draft: Any, errors: FieldErrors | None = None) -> Response:
    parts = step_context(draft, "content", errors) | content_context(draft) | previews_context(draft)
    return framing_preview(render_template("admin/messages/content.html", **parts))


def _audience_page(draft: Any, errors: FieldErrors | None = None) -> str:
    parts = step_context(draft, "audience", errors) | audience_context(draft) | _reach(draft)
    return render_template("admin/messages/audience.html", **parts)


def _check_page(draft: Any, errors: FieldErrors | None = None) -> Response:
    parts = step_context(draft, "check") | check_context(draft, errors or {})
    parts |= previews_context(draft) | _reach(draft)
    return framing_preview(render_template("admin/messages/check.html", **parts))


def _reach(draft: Any) -> dict[str, Any]:
    return reach_context(draft, counted="counted" in request.args)


def _refused(page: Answer, status: int = 422) -> Response:
    return make_response(page, status)


def _confirmation(draft: Any) -> service.Confirmation:
    """Return what the form confirms; what is no number is no number of recipients."""
    digits = _BETWEEN_DIGITS.sub("", request.form.get("total", ""))
    total = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1
    try:
        seen = dt.datetime.fromisoformat(request.form.get("seen", ""))
    except ValueError:
        seen = dt.datetime.min
    return service.Confirmation(seen, total)
