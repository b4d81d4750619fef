"""Unsubscribing without signing in: what the links in emails lead to."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from hackitech.channels.email import EmailChannel
from hackitech.channels.registry import channel_label
from hackitech.core.errors import Invalid, NotFound
from hackitech.core.i18n import in_language
from hackitech.core.signing import read_unsubscribe_token
from hackitech.core.web import accepts_any_origin
from hackitech.preferences import queries, service

unsubscribe_pages = Blueprint("unsubscribe_pages", __name__)
LINK_CHANNEL = EmailChannel.key
"""Unsubscribe links come by email, and are about it."""


@unsubscribe_pages.get("/u/<token>")
def unsubscribe(token: str) -> tuple[str, int]:
    """Offer to stop a type, or all optional emails; nothing changes, as mail scanners follow links."""
    try:
        user_id, notification_type = read_unsubscribe_token(token)
        subject = queries.link_subject(user_id, notification_type, LINK_CHANNEL)
    except NotFound:
        return _link_page(token, None, "invalid"), 404
    state = "mandatory" if subject.mandatory else "offer" if subject.enabled else "stopped_type"
    return _link_page(token, subject, state), 200


@unsubscribe_pages.post("/u/<token>")
@accepts_any_origin
def answer_link(token: str) -> tuple[str, int]:
    """Do what a button says; a one-click request (RFC 8058) has none and stops the type."""
    action = request.form.get("action", "type")
    if action not in ("type", "all", "resubscribe"):
        raise Invalid({"action": ["Must be type, all or resubscribe."]})
    try:
        user_id, notification_type = read_unsubscribe_token(token)
        if action == "all":
            subject = queries.link_subject(user_id, notification_type, LINK_CHANNEL)
            service.toggle_all(user_id, enabled=False, channel=LINK_CHANNEL)
            return _link_page(token, subject, "stopped_all"), 200
        subject = service.answer_link(user_id, notification_type, LINK_CHANNEL, action == "resubscribe")
    except NotFound:
        return _link_page(token, None, "invalid"), 404
    state = "mandatory" if subject.mandatory else "resumed" if subject.enabled else "stopped_type"
    return _link_page(token, subject, state), 200


@unsubscribe_pages.after_request
def _keep_secret(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _link_page(token: str, subject: queries.LinkSubject | None, state: str) -> str:
    about: dict[str, Any] = {}
    if subject is not None:
        about = {
            "type_label": in_language(subject.label),
            "channel_label": _(channel_label(LINK_CHANNEL)),
            "address": _shortened(subject.email),
            "reason": in_language(subject.reason) if subject.reason else None,
        }
    return render_template("preferences/unsubscribe.html", token=token, state=state, **about)


def _shortened(address: str) -> str:
    name, _at, host = address.partition("@")
    return f"{name[:1]}…@{host}"
