"""Members: find them, see what reaches them, change their role, suspend them, help them in."""

from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts import member_queries, member_service, service
from hackitech.accounts.confirmation import password_confirmed
from hackitech.admin.blueprint import admin_page
from hackitech.admin.members_view import (
    FIELDS,
    ROLE_WORDS,
    form_context,
    list_context,
    member_context,
    read_member,
    read_role,
    sentences,
)
from hackitech.bounces.service import lift_suppression
from hackitech.core.errors import Conflict, FieldErrors, Invalid, TooManyRequests
from hackitech.core.web import see_other, toast

members = Blueprint("members", __name__, url_prefix="/members")
Answer = Response | str


@members.get("/")
@admin_page
def index() -> str:
    """List members, found by name, address or the platform's id."""
    return render_template("admin/members.html", **list_context())


@members.get("/new")
@admin_page
def new() -> str:
    """Ask who the new member is."""
    return render_template("admin/member_form.html", member=None, **form_context({}))


@members.post("/new")
@admin_page
@password_confirmed
def create() -> Answer:
    """Create a member."""
    try:
        columns = read_member(request.form, "role")
        user_id = service.create_user(columns, current_user.id)
    except (Invalid, Conflict) as error:
        return _refused_form(None, error)
    toast(_("Added. Without a password they need a link to choose one: you can send it from here."))
    return _shown(user_id)


@members.get("/<id:user_id>/")
@admin_page
def show(user_id: int) -> str:
    """Show everything about one member."""
    return render_template("admin/member.html", errors={}, **member_context(user_id))


@members.get("/<id:user_id>/edit")
@admin_page
def edit(user_id: int) -> str:
    """Ask what else a member is called, and where they are."""
    member = member_queries.get_member(user_id)
    form = {name: getattr(member, name) or "" for name in FIELDS}
    return render_template("admin/member_form.html", member=member, **form_context(form))


@members.post("/<id:user_id>/edit")
@admin_page
@password_confirmed
def save(user_id: int) -> Answer:
    """Save what a member is called, and where they are."""
    member_queries.get_member(user_id)
    try:
        service.update_user(user_id, read_member(request.form), current_user.id)
    except (Invalid, Conflict) as error:
        return _refused_form(user_id, error)
    toast(_("The profile is saved."))
    return _shown(user_id)


@members.post("/<id:user_id>/role")
@admin_page
@password_confirmed
def change_role(user_id: int) -> Answer:
    """Give a member another role; it ends their sessions."""
    try:
        role = read_role(request.form)
        service.update_user(user_id, {"role": role}, current_user.id)
    except Invalid as error:
        return _refused(user_id, error.errors, 422)
    except Conflict as error:
        return _refused(user_id, {"": [error.detail]}, 409)
    toast(_("The role is now: %(role)s. Whoever was signed in signs in again.", role=_(ROLE_WORDS[role])))
    return _shown(user_id)


@members.get("/<id:user_id>/<any(role, suspend, reactivate, lift, 'send-link', 'sign-out'):action>")
@admin_page
def leave(user_id: int, action: str) -> Response:
    """Lead back to the member from the address of one of the page's forms."""
    return _shown(user_id)


@members.post("/<id:user_id>/suspend")
@admin_page
def suspend(user_id: int) -> Answer:
    """Keep a member out, at once and everywhere, and write to them no more."""
    return _set_active(user_id, False, _("Suspended."))


@members.post("/<id:user_id>/reactivate")
@admin_page
def reactivate(user_id: int) -> Answer:
    """Let a suspended member in again."""
    return _set_active(user_id, True, _("Reactivated."))


@members.post("/<id:user_id>/lift")
@admin_page
def lift(user_id: int) -> Answer:
    """Let a member's address be written to again."""
    address = member_queries.get_member(user_id).email
    return _try(
        user_id,
        lambda: lift_suppression(current_user.id, member_queries.EMAIL, address),
        _("We write to this address again."),
    )


@members.post("/<id:user_id>/send-link")
@admin_page
def send_link(user_id: int) -> Answer:
    """Send a member a link to choose a password."""
    return _try(
        user_id,
        lambda: member_service.send_password_link(user_id, current_user.id),
        _("The link is on its way. It works once, for one hour."),
    )


@members.post("/<id:user_id>/sign-out")
@admin_page
def sign_out(user_id: int) -> Answer:
    """End all sessions of a member."""
    return _try(
        user_id,
        lambda: member_service.sign_out_member(user_id, current_user.id),
        _("Signed out everywhere."),
    )


def _set_active(user_id: int, active: bool, said: str) -> Answer:
    return _try(user_id, lambda: service.update_user(user_id, {"active": active}, current_user.id), said)


def _try(user_id: int, action: Callable[[], None], said: str) -> Answer:
    """Do what may be refused for a reason in words, and lead back to the member."""
    try:
        action()
    except Conflict as error:
        return _refused(user_id, {"": [error.detail]}, 409)
    except TooManyRequests as error:
        return _refused(user_id, {"": [error.detail]}, 429)
    toast(said)
    return _shown(user_id)


def _shown(user_id: int) -> Response:
    return see_other(url_for("admin.members.show", user_id=user_id))


def _refused(user_id: int, errors: FieldErrors, status: int) -> Response:
    page = render_template("admin/member.html", errors=sentences(errors), **member_context(user_id))
    return make_response(page, status)


def _refused_form(user_id: int | None, error: Invalid | Conflict) -> Response:
    member = None if user_id is None else member_queries.get_member(user_id)
    errors = error.errors if isinstance(error, Invalid) else {"": [error.detail]}
    page = render_template("admin/member_form.html", member=member, **form_context(request.form, errors))
    return make_response(page, error.status)
