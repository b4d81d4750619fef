"""The editor of a type's wording in one language: previews, drafts, publishing, and what it was before."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts.confirmation import password_confirmed
from hackitech.admin.blueprint import admin_page
from hackitech.admin.types_diff_view import diff_rows
from hackitech.admin.types_wording_view import (
    asked_version,
    editor_context,
    email_preview,
    previews_context,
    read_base,
    read_version,
    read_wording,
    shown_wording,
)
from hackitech.catalog.authoring import UnfitWording
from hackitech.catalog.definitions import Wording
from hackitech.core.errors import Conflict
from hackitech.core.i18n import in_language
from hackitech.core.security import framing_preview, preview_response
from hackitech.core.web import is_fragment_request, see_other, toast
from hackitech.types import queries, wording_service
from hackitech.types.queries import Place, check_place

wording = Blueprint("wording", __name__, url_prefix="/<key>/wording/<locale>")


@wording.get("")
@admin_page
def edit(key: str, locale: str) -> Response:
    """Show the wording, what it makes of the examples, and its versions."""
    return _editor(check_place(key, locale))


@wording.get("/<any(draft, publish, preview, roll_back):action>")
@admin_page
def leave(key: str, locale: str, action: str) -> Response:
    """Lead back to the editor from the address of one of its forms."""
    return _to(check_place(key, locale))


@wording.post("/preview")
@admin_page
def preview(key: str, locale: str) -> Response | str:
    """Show what was typed as each channel would say it; nothing is kept."""
    place = check_place(key, locale)
    if not is_fragment_request():
        return _editor(place, unsaved=True)
    parts = previews_context(queries.get_type(key), read_wording(request.form), locale)
    return render_template("admin/_type_previews.html", **parts, oob=True)


@wording.get("/email")
@admin_page
def stored_email(key: str, locale: str) -> Response:
    """Show the email that the stored wording makes, for a frame."""
    place = check_place(key, locale)
    return preview_response(email_preview(queries.get_type(key), shown_wording(place), locale))


@wording.post("/email")
@admin_page
def typed_email(key: str, locale: str) -> Response:
    """Show the email that the wording makes as it was typed, for a frame."""
    check_place(key, locale)
    return preview_response(email_preview(queries.get_type(key), read_wording(request.form), locale))


@wording.post("/draft")
@admin_page
def draft(key: str, locale: str) -> Response:
    """Keep what was typed, right or wrong, without letting anybody see it."""
    place = check_place(key, locale)
    try:
        wording_service.save_draft(place, *_sent())
    except (UnfitWording, Conflict) as error:
        return _refused(place, error)
    toast(_("The draft is saved. Nobody sees it until it is published."))
    return _to(place)


@wording.post("/publish")
@admin_page
@password_confirmed
def publish(key: str, locale: str) -> Response:
    """Let notifications say what was typed from now on."""
    place = check_place(key, locale)
    try:
        version = wording_service.publish(place, *_sent())
    except (UnfitWording, Conflict) as error:
        return _refused(place, error)
    return _published(place, version)


@wording.post("/roll_back")
@admin_page
@password_confirmed
def roll_back(key: str, locale: str) -> Response:
    """Let notifications say again what an earlier version says."""
    place = check_place(key, locale)
    version, base = read_version(request.form), read_base(request.form)
    try:
        new = wording_service.roll_back(place, version, base, current_user.id)
    except UnfitWording:
        toast(_("This version no longer fits the type: its params have changed."), "error")
        return _to(place)
    except Conflict:
        toast(_("Somebody else wrote a newer version meanwhile. Look at it first."), "error")
        return _to(place)
    return _published(place, new)


@wording.get("/diff")
@admin_page
def diff(key: str, locale: str) -> str:
    """Show what changed between two versions."""
    place = check_place(key, locale)
    before, after = (queries.get_version(place, asked_version(name)) for name in ("from", "to"))
    return render_template(
        "admin/type_diff.html",
        place=place,
        label=in_language(queries.get_type(key).label),
        before=before,
        after=after,
        rows=diff_rows(Wording.from_json(before.wording), Wording.from_json(after.wording)),
    )


def _sent() -> tuple[Wording, int, int]:
    """Return what was typed, the version that it was typed over, and who typed it."""
    return read_wording(request.form), read_base(request.form), current_user.id


def _editor(place: Place, *, unsaved: bool = False, status: int = 200, **more: Any) -> Response:
    parts = editor_context(place, request.form if unsaved else None) | more
    return framing_preview(make_response(render_template("admin/type_wording.html", **parts), status))


def _refused(place: Place, error: UnfitWording | Conflict) -> Response:
    """Show the editor with what was typed; where somebody was faster, with what they wrote."""
    if isinstance(error, UnfitWording):
        return _editor(place, unsaved=True, status=422, refused=True)
    newest = queries.newest_version(place)
    rows = diff_rows(Wording.from_json(newest.wording), read_wording(request.form)) if newest else []
    return _editor(place, unsaved=True, status=409, newest=newest, rows=rows)


def _published(place: Place, version: int) -> Response:
    toast(_("Version %(version)s is in force. Other processes follow within seconds.", version=version))
    return _to(place)


def _to(place: Place) -> Response:
    return see_other(url_for("admin.types.wording.edit", key=place.key, locale=place.locale))
