"""Topics: organisers look after their own, administrators after all; who is in them."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from hackitech.admin.blueprint import staff_page
from hackitech.admin.topics_view import (
    EMPTY,
    form_context,
    list_context,
    manager,
    name_of,
    read_changes,
    read_members,
    read_new,
    read_undo_token,
    say_added,
    stored_form,
    topic_context,
    undo_token,
)
from hackitech.core.errors import Conflict, Invalid
from hackitech.core.i18n import N_
from hackitech.core.web import see_other, toast
from hackitech.topics import membership_service, service

topics = Blueprint("topics", __name__, url_prefix="/topics")
Answer = Response | str
TAKEN = N_("There is a topic of this key already.")
NOBODY_NAMED = N_("Write at least one email address or number.")


@topics.get("/")
@staff_page
def index() -> str:
    """List topics, the newest first."""
    return render_template("admin/topics.html", **list_context())


@topics.get("/new")
@staff_page
def new() -> str:
    """Ask what the new topic is called."""
    return render_template("admin/topic_form.html", topic_key=None, **form_context(EMPTY))


@topics.post("/new")
@staff_page
def create() -> Answer:
    """Create a topic."""
    try:
        fields = read_new(request.form)
        service.create_topic(manager(), fields)
    except Invalid as error:
        return _refused_form(None, error)
    except Conflict:
        page = render_template(
            "admin/topic_form.html", topic_key=None, **form_context(request.form, {"": [TAKEN]})
        )
        return make_response(page, 409)
    toast(_("The topic is created. Put people into it, or let them follow it."))
    return _shown(fields["key"])


@topics.get("/<key>/")
@staff_page
def show(key: str) -> str:
    """Show a topic, and who is in it."""
    return render_template("admin/topic.html", **topic_context(key))


@topics.get("/<key>/edit")
@staff_page
def edit(key: str) -> str:
    """Ask what about a topic is to change."""
    return render_template("admin/topic_form.html", topic_key=key, **form_context(stored_form(key)))


@topics.post("/<key>/edit")
@staff_page
def save(key: str) -> Answer:
    """Save what a topic is called, who may follow it and, as an administrator, whose it is."""
    stored = stored_form(key)
    try:
        service.update_topic(manager(), key, read_changes(request.form))
    except Invalid as error:
        return _refused_form(stored["key"], error)
    toast(_("The topic is saved."))
    return _shown(key)


@topics.post("/<key>/members")
@staff_page
def add(key: str) -> Answer:
    """Put people into a topic; who is unknown is listed, and stops nobody else."""
    wanted = read_members(request.form)
    if not wanted:
        return _refused(key, errors={"members": _(NOBODY_NAMED)})
    try:
        added = membership_service.add_members(manager(), key, wanted)
    except Invalid as error:
        said = {field: _(texts[0]) for field, texts in error.errors.items()}
        return _refused(key, errors=said, typed=request.form["members"])
    if added.unknown:
        return _refused(key, said=say_added(added), unknown=added.unknown)
    toast(say_added(added))
    return _shown(key)


@topics.post("/<key>/members/<id:user_id>/remove")
@staff_page
def remove(key: str, user_id: int) -> Response:
    """Take somebody out of a topic; it can be undone."""
    removed = service.remove_member(manager(), key, user_id)
    if removed is not None:
        undo_url = url_for("admin.topics.restore", key=key)
        toast(_("%(name)s was taken out.", name=name_of(user_id)), "ok", undo_token(removed), undo_url)
    return _shown(key)


@topics.post("/<key>/members/restore")
@staff_page
def restore(key: str) -> Response:
    """Put somebody back as they were."""
    removed = read_undo_token(request.form.get("undo_token", ""))
    membership_service.restore_member(manager(), key, removed)
    toast(_("%(name)s is in the topic again.", name=name_of(removed.user_id)))
    return _shown(key)


@topics.get("/<key>/members")
@topics.get("/<key>/members/restore")
@topics.get("/<key>/members/<id:user_id>/remove")
@staff_page
def leave(key: str, user_id: int = 0) -> Response:
    """Lead back to the topic from the address of one of its forms."""
    return _shown(key)


def _refused(key: str, **about: Any) -> Response:
    """Answer with the page of a topic, and what is wrong with those who were to be put into it."""
    return make_response(render_template("admin/topic.html", **topic_context(key), **about), 422)


def _shown(key: str) -> Response:
    return see_other(url_for("admin.topics.show", key=key))


def _refused_form(topic_key: str | None, error: Invalid) -> Response:
    page = render_template(
        "admin/topic_form.html", topic_key=topic_key, **form_context(request.form, error.errors)
    )
    return make_response(page, 422)
