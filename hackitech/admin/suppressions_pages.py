"""Suppressed addresses: to whom nothing is sent any more, why, and giving them another chance."""

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.admin.blueprint import admin_page
from hackitech.admin.suppressions_view import list_context, present
from hackitech.bounces import queries, service
from hackitech.core.database import db
from hackitech.core.errors import NotFound
from hackitech.core.web import see_other, toast

suppressions = Blueprint("suppressions", __name__, url_prefix="/suppressions")


@suppressions.get("/")
@admin_page
def index() -> str:
    """List suppressed addresses, newest first."""
    return render_template("admin/suppressions.html", **list_context())


@suppressions.get("/lift")
@admin_page
def confirm() -> Response | str:
    """Ask once more before an address is written to again."""
    row = queries.find_suppression(
        db.session(), request.args.get("channel", ""), request.args.get("address", "")
    )
    if row is None:
        return _gone()
    return render_template("admin/suppression_lift.html", row=present(row))


@suppressions.post("/lift")
@admin_page
def lift() -> Response:
    """Let an address be written to again."""
    channel, address = request.form.get("channel", ""), request.form.get("address", "")
    try:
        service.lift_suppression(current_user.id, channel, address)
    except NotFound:
        return _gone()
    toast(_("%(address)s is written to again.", address=address))
    return see_other(url_for(".index"))


def _gone() -> Response:
    toast(_("This address is not suppressed."), "error")
    return see_other(url_for(".index"))
