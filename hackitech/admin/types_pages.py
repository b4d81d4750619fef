"""Types: the list, one's defaults, a new one without code, and retiring one."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts.confirmation import password_confirmed
from hackitech.admin.blueprint import admin_page
from hackitech.admin.types_form_view import (
    Form,
    blank_form,
    read_defaults,
    read_params,
    read_type,
    tidy_form,
)
from hackitech.admin.types_view import (
    form_context,
    list_context,
    new_type_errors,
    params_errors,
    theirs,
    type_context,
)
from hackitech.admin.types_wording_pages import wording
from hackitech.core.errors import Conflict, FieldErrors, Invalid
from hackitech.core.web import see_other, toast
from hackitech.types import queries, service

types = Blueprint("types", __name__, url_prefix="/types")
types.register_blueprint(wording)
Answer = Response | str


@types.get("/")
@admin_page
def index() -> str:
    """List the types with what they do by default and how their wording stands."""
    return render_template("admin/types.html", **list_context())


@types.get("/<key>/")
@admin_page
def show(key: str) -> str:
    """Show a type, and what may be changed about it."""
    return render_template("admin/type.html", **type_context(queries.get_type(key)))


@types.post("/<key>/")
@admin_page
@password_confirmed
def save(key: str) -> Answer:
    """Change a type's defaults."""
    try:
        service.change_defaults(
            key, read_defaults(request.form), request.form.get("seen", ""), current_user.id
        )
    except Invalid as error:
        return _again(key, request.form, error.errors, 422)
    except Conflict:
        return _again(key, request.form, {}, 409)
    toast(_("The type is saved. Other processes follow within seconds."))
    return _to(key)


@types.post("/<key>/params")
@admin_page
@password_confirmed
def save_params(key: str) -> Answer:
    """Change what a sender gives, of a type that no file describes."""
    form = tidy_form(request.form)
    try:
        service.change_params(key, read_params(form), form.get("seen", ""), current_user.id)
    except Invalid as error:
        return _again(key, form, params_errors(error), 422)
    except Conflict:
        return _again(key, form, {}, 409)
    toast(_("The params are saved. Other processes follow within seconds."))
    return _to(key)


def _again(key: str, form: Form, errors: FieldErrors, status: int) -> Response:
    loaded = queries.get_type(key)
    parts = type_context(loaded, form, errors)
    if status == 409:
        parts |= {"theirs": theirs(loaded, form)}
    return make_response(render_template("admin/type.html", **parts), status)


@types.get("/<key>/<any(params, restore, retire, bring_back):action>")
@admin_page
def leave(key: str, action: str) -> Response:
    """Lead back to the type from the address of one of its forms."""
    return _to(key)


@types.post("/<key>/restore")
@admin_page
@password_confirmed
def restore(key: str) -> Response:
    """Give a type back what its file says."""
    service.restore_file(key, current_user.id)
    toast(_("The type is as its file says again."))
    return _to(key)


@types.post("/<key>/retire")
@admin_page
@password_confirmed
def retire(key: str) -> Response:
    """Let nobody send a type any more."""
    try:
        service.retire_type(key, current_user.id)
    except Conflict:
        toast(_("What is mandatory, or sent by the notification centre itself, cannot be retired."), "error")
    else:
        toast(_("The type is retired: nobody can send it any more."))
    return _to(key)


@types.post("/<key>/bring_back")
@admin_page
@password_confirmed
def bring_back(key: str) -> Response:
    """Let a retired type be sent again."""
    service.bring_back(key, current_user.id)
    toast(_("The type can be sent again."))
    return _to(key)


@types.get("/new")
@admin_page
def new() -> str:
    """Ask for all that a new type needs."""
    return _new_page(blank_form())


@types.post("/new/params")
@admin_page
def more_params() -> str:
    """Show the form of a new type again, with room for more params."""
    return _new_page(tidy_form(request.form))


@types.post("/new")
@admin_page
@password_confirmed
def create() -> Answer:
    """Make a new type."""
    form = tidy_form(request.form)
    wanted = read_type(form)
    try:
        service.create_type(wanted, current_user.id)
    except Invalid as error:
        return make_response(_new_page(form, new_type_errors(error)), 422)
    except Conflict:
        taken = {"key": [_("There is a type of this key already.")]}
        return make_response(_new_page(form, taken), 409)
    toast(_("The type is made. It can be sent from now on."))
    return _to(wanted.key)


def _new_page(form: Form, errors: FieldErrors | None = None) -> str:
    return render_template("admin/type_new.html", **form_context(form, errors))


def _to(key: str) -> Response:
    return see_other(url_for("admin.types.show", key=key))
