"""The page of preferences: what reaches a member, where, how often and when."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from hackitech.core import clock
from hackitech.core.errors import FieldErrors, Invalid
from hackitech.core.web import is_fragment_request, login_required_page, see_other, toast
from hackitech.models.preference import FREQUENCIES
from hackitech.preferences import service, settings_service, simulation_service
from hackitech.preferences.decision import Choice
from hackitech.preferences.matrix_view import cell_context, matrix_context
from hackitech.preferences.settings_decision import SettingsChanges
from hackitech.preferences.settings_view import (
    Draft,
    pause_end,
    read_draft,
    settings_context,
    stored_draft,
)
from hackitech.preferences.simulation_view import preview_context

preferences_pages = Blueprint("preferences_pages", __name__)

Answer = Response | str | tuple[str, int]
Context = dict[str, Any]
PREVIEW = "preview"
"""The step that changes nothing about the form itself."""


@preferences_pages.get("/preferences")
@login_required_page
def preferences() -> str:
    """Show what reaches the member: types by channels, and when."""
    return _page(stored_draft(current_user.id))


@preferences_pages.post("/preferences")
@login_required_page
def save() -> Answer:
    """Save the whole form, or say what is wrong with it."""
    draft = read_draft(request.form)
    try:
        settings_service.save_form(current_user.id, draft.wanted, draft.changes())
    except Invalid as error:
        if is_fragment_request():
            return _parts(["settings"], settings_context(draft, error.errors)), 422
        return _page(draft, error.errors), 422
    return _saved(["matrix", "settings"], _("Your preferences are saved."))


@preferences_pages.post("/preferences/draft")
@login_required_page
def draft() -> Answer:
    """Change the form, or show what it would have made of the last days; nothing is saved."""
    step = request.form.get("step", "")
    changed = read_draft(request.form).after(step)
    errors: FieldErrors = {}
    try:
        tried = simulation_service.preview(current_user.id, changed.wanted, changed.changes())
        preview = preview_context(tried)
    except Invalid as error:
        errors, preview = error.errors, {"incomplete": True}
    if not is_fragment_request():
        return _page(changed, errors if step == PREVIEW else {}, preview)
    return _parts(
        ["preview"] if step == PREVIEW else ["quiet", "preview"], settings_context(changed) | preview
    )


@preferences_pages.post("/preferences/cell")
@login_required_page
def cell() -> Answer:
    """Save one cell as it stands now, and answer with it."""
    choice = Choice(
        notification_type=request.form.get("notification_type", ""),
        channel=request.form.get("channel", ""),
        enabled=_flag(request.form.get("enabled")),
    )
    if request.form.get("frequency"):
        choice["frequency"] = _frequency(request.form["frequency"])
    status, message = 200, ("ok", _("Your preferences are saved."))
    try:
        service.set_preference(current_user.id, choice)
    except Invalid as error:
        status, message = 422, ("error", " ".join(text for texts in error.errors.values() for text in texts))
    as_it_is = cell_context(choice["notification_type"], choice["channel"])
    if is_fragment_request():
        return render_template("preferences/_cell.html", cell=as_it_is), status
    kind, text = message
    toast(text, kind)
    return see_other(url_for("preferences_pages.preferences"))


@preferences_pages.post("/preferences/toggle")
@login_required_page
def toggle() -> Answer:
    """Turn a whole row or column on or off."""
    toggled = service.toggle_all(
        current_user.id,
        _flag(request.values.get("enabled")),
        request.values.get("notification_type"),
        request.values.get("channel"),
    )
    return _saved(["matrix"], _toggled(len(toggled.skipped)))


@preferences_pages.post("/preferences/pause")
@login_required_page
def pause() -> Answer:
    """Hold everything until a day, or let it go on."""
    choice, date = (request.form.get(name, "") for name in ("for", "date"))
    said, kind, status = _("Paused.") if choice else _("The pause is over."), "ok", 200
    try:
        until = pause_end(choice, date, clock.now(), current_user.timezone)
        settings_service.update_settings(current_user.id, SettingsChanges(paused_until=until))
    except Invalid:
        said, kind, status = _("Choose a day to come, within a year."), "error", 422
    if is_fragment_request():
        return _parts(["pause"], settings_context(stored_draft(current_user.id)), said, kind), status
    toast(said, kind)
    return see_other(url_for("preferences_pages.preferences"))


def _page(draft: Draft, errors: FieldErrors | None = None, preview: Context | None = None) -> str:
    parts = matrix_context(draft.wanted) | settings_context(draft, errors) | (preview or {})
    return render_template("preferences/preferences.html", **parts)


def _saved(parts: list[str], said: str) -> Answer:
    """Answer with what is stored now, and with what it would have made of the last days."""
    if not is_fragment_request():
        toast(said)
        return see_other(url_for("preferences_pages.preferences"))
    tried = simulation_service.preview(current_user.id, {}, {})
    context = matrix_context() | settings_context(stored_draft(current_user.id)) | preview_context(tried)
    return _parts([*parts, "preview"], context, said)


def _parts(parts: list[str], context: Context, said: str = "", kind: str = "ok") -> str:
    """Return parts of the page that find their own place, and what is said of them."""
    say = {"text": said, "kind": kind, "undo_token": None} if said else None
    return render_template("preferences/_parts.html", parts=parts, toast=say, **context)


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


def _frequency(text: str) -> str:
    if text not in FREQUENCIES:
        raise Invalid({"frequency": [f"Must be one of: {', '.join(FREQUENCIES)}."]})
    return text
