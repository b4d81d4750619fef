"""API tokens: everybody's, with what each may do; new ones, shown once."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from hackitech.accounts import queries, service
from hackitech.accounts.confirmation import password_confirmed
from hackitech.admin.blueprint import admin_page
from hackitech.admin.tokens_view import form_context, list_context, read_token
from hackitech.core.errors import Invalid
from hackitech.core.security import safe_path
from hackitech.core.web import see_other, toast

tokens = Blueprint("tokens", __name__, url_prefix="/tokens")
Answer = Response | str


@tokens.get("/")
@admin_page
def index() -> str:
    """List tokens: those that work unless asked for others."""
    return render_template("admin/tokens.html", **list_context())


@tokens.get("/new")
@admin_page
def new() -> str:
    """Ask whom the new token is for, and what it may do."""
    form = MultiDict({"owner": request.args.get("owner", current_user.email), "scopes": "read", "days": "90"})
    return render_template("admin/token_form.html", **form_context(form))


@tokens.post("/new")
@admin_page
@password_confirmed
def create() -> Answer:
    """Make a token and show it, this once: it is in no address, cookie or cache."""
    try:
        wanted = read_token(request.form)
    except Invalid as error:
        page = render_template("admin/token_form.html", **form_context(request.form, error.errors))
        return make_response(page, 422)
    lifetime = wanted.days * service.DAY
    new = service.create_token(wanted.owner_id, wanted.name, wanted.scopes, lifetime, current_user.id)
    owner = queries.get_user(wanted.owner_id)
    return render_template("admin/token_made.html", token=new, name=wanted.name, owner=owner)


@tokens.get("/<id:token_id>/revoke")
@admin_page
def leave(token_id: int) -> Response:
    """Lead back to the list from the address of one of its forms."""
    return see_other(url_for("admin.tokens.index"))


@tokens.post("/<id:token_id>/revoke")
@admin_page
@password_confirmed
def revoke(token_id: int) -> Response:
    """Make a token worthless, whosever it is."""
    service.revoke_anybodys_token(token_id, current_user.id)
    toast(_("The token is revoked."))
    return see_other(safe_path(request.form.get("next"), url_for("admin.tokens.index")))
