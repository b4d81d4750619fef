"""The page of preferences, and unsubscribing without signing in."""

from itertools import groupby
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from hackitech.catalog.categories import category_label
from hackitech.catalog.definitions import LoadedType
from hackitech.catalog.lookup import all_types
from hackitech.channels.email import EmailChannel
from hackitech.channels.registry import channel_label
from hackitech.core.database import db
from hackitech.core.errors import Invalid, NotFound
from hackitech.core.i18n import in_language, select_locale
from hackitech.core.signing import read_unsubscribe_token
from hackitech.core.web import accepts_any_origin, is_fragment_request, login_required_page, see_other, toast
from hackitech.preferences import queries, service
from hackitech.preferences.decision import Changes, Choice

preferences_pages = Blueprint("preferences_pages", __name__)
unsubscribe_pages = Blueprint("unsubscribe_pages", __name__)
LINK_CHANNEL = EmailChannel.key
"""Unsubscribe links come by email, and are about it."""


@preferences_pages.get("/preferences")
@login_required_page
def preferences() -> str:
    """Show what reaches the member: types by channels."""
    return render_template("preferences/preferences.html", **_matrix())


@preferences_pages.post("/preferences")
@login_required_page
def save() -> Response | str:
    """Save the whole form: what is not named in `on` is off, if it was on the page (`shown`, `channels`)."""
    on = set(request.form.getlist("on"))
    shown, channels = (request.form.get(name, "").split() for name in ("shown", "channels"))
    wanted = {
        (key, channel): Changes(enabled=f"{key}:{channel}" in on) for key in shown for channel in channels
    }
    service.save_matrix(current_user.id, wanted)
    return _answer(_("Your preferences are saved."))


@preferences_pages.post("/preferences/cell")
@login_required_page
def cell() -> Response | tuple[str, int]:
    """Save one switch as it stands now, and answer with it."""
    choice = Choice(
        notification_type=request.form.get("notification_type", ""),
        channel=request.form.get("channel", ""),
        enabled=_flag(request.form.get("enabled")),
    )
    status, message = 200, ("ok", _("Your preferences are saved."))
    try:
        service.set_preference(current_user.id, choice)
    except Invalid as error:
        status, message = 422, ("error", " ".join(text for texts in error.errors.values() for text in texts))
    as_it_is = queries.get_cell(current_user.id, choice["notification_type"], choice["channel"])
    if is_fragment_request():
        return render_template("preferences/_cell.html", cell=_cell(as_it_is, _types())), status
    kind, text = message
    toast(text, kind)
    return see_other(url_for("preferences_pages.preferences"))


@preferences_pages.post("/preferences/toggle")
@login_required_page
def toggle() -> Response | str:
    """Turn a whole row or column on or off."""
    toggled = service.toggle_all(
        current_user.id,
        _flag(request.values.get("enabled")),
        request.values.get("notification_type"),
        request.values.get("channel"),
    )
    return _answer(_toggled(len(toggled.skipped)))


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


def _answer(text: str) -> Response | str:
    if not is_fragment_request():
        toast(text)
        return see_other(url_for("preferences_pages.preferences"))
    said = {"text": text, "kind": "ok", "undo_token": None}
    return render_template("preferences/_matrix.html", oob=True, toast=said, **_matrix())


def _toggled(skipped: int) -> str:
    if not skipped:
        return _("Your preferences are saved.")
    return ngettext(
        "Your preferences are saved. %(num)d that cannot be turned off stays as it is.",
        "Your preferences are saved. %(num)d that cannot be turned off stay as they are.",
        skipped,
    )


def _flag(text: str | None) -> bool:
    if text not in ("true", "false"):
        raise Invalid({"enabled": ["Must be true or false."]})
    return text == "true"


def _types() -> dict[str, LoadedType]:
    return {loaded.key: loaded for loaded in all_types(db.session())}


def _matrix() -> dict[str, Any]:
    """Return what `_matrix.html` shows: channels, and types with their cells by category."""
    types, channels = _types(), queries.channels_shown(current_user.id)
    cells: dict[str, list[dict[str, Any]]] = {}
    for one in queries.matrix(current_user.id):
        if one.channel in channels:
            cells.setdefault(one.notification_type, []).append(_cell(one, types))
    return {
        "channels": [{"key": key, "label": _(channel_label(key))} for key in channels],
        "categories": [
            {
                "label": category_label(category, select_locale()),
                "types": [_row(loaded, cells.get(loaded.key, [])) for loaded in group],
            }
            for category, group in groupby(types.values(), key=lambda loaded: loaded.category)
        ],
    }


def _row(loaded: LoadedType, cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "key": loaded.key,
        "label": in_language(loaded.label),
        "description": in_language(loaded.description),
        "cells": cells,
    }


def _cell(cell: queries.Cell, types: dict[str, LoadedType]) -> dict[str, Any]:
    return {
        "notification_type": cell.notification_type,
        "channel": cell.channel,
        "type_label": in_language(types[cell.notification_type].label),
        "channel_label": _(channel_label(cell.channel)),
        "enabled": cell.enabled,
        "locked": cell.locked,
        "reason": in_language(cell.reason) if cell.reason else None,
    }
