"""Failed deliveries: what went wrong, grouped; what is to go again, and what is to be dropped."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from hackitech.admin.blueprint import admin_page
from hackitech.admin.failures_sentences import say_settled
from hackitech.admin.failures_view import Asked, check_context, group_context, groups_context
from hackitech.admin.listing_view import read_id
from hackitech.core.web import see_other, toast
from hackitech.delivery import replay_service

failures = Blueprint("failures", __name__, url_prefix="/failures")
WHOLE = "whole"


@failures.get("/")
@admin_page
def index() -> Response:
    """Show what failed, by what went wrong."""
    asked = Asked.read(request.args)
    page = render_template("admin/failures.html", **groups_context(asked))
    return make_response(page, 422 if asked.errors else 200)


@failures.get("/group")
@admin_page
def group() -> Response | str:
    """Show the deliveries of one group."""
    asked = Asked.read(request.args)
    if asked.errors or not asked.is_group:
        return see_other(asked.url("index"))
    return render_template("admin/failures_group.html", **group_context(asked, request.args.get("cursor")))


@failures.get("/check")
@admin_page
def check() -> Response | str:
    """Say what replaying or dropping what is chosen would do; nothing is changed."""
    asked, ids = Asked.read(request.args), _chosen(request.args)
    action = request.args.get("action", "")
    if asked.errors or action not in replay_service.ACTIONS:
        return see_other(asked.back_url())
    if ids == []:
        return _nothing_chosen(asked)
    forecast = (
        replay_service.forecast_found(asked.filters)
        if ids is None
        else replay_service.forecast_selection(ids)
    )
    return render_template("admin/failures_check.html", **check_context(asked, action, ids, forecast))


@failures.post("/<any(replay, drop):action>")
@admin_page
def settle(action: str) -> Response:
    """Replay or drop what is chosen: some at once, all that the filters find by a task."""
    asked, ids = Asked.read(request.form), _chosen(request.form)
    if asked.errors or ids == []:
        return _nothing_chosen(asked)
    if ids is None:
        task_id = replay_service.settle_found(action, asked.filters, current_user.id)
        return see_other(url_for("admin.tasks.show", task_id=task_id))
    toast(say_settled(replay_service.settle_selection(action, ids, current_user.id)))
    return see_other(asked.back_url())


@failures.get("/<any(replay, drop):action>")
@admin_page
def leave(action: str) -> Response:
    """Lead back to the list from the address of a form."""
    return see_other(url_for(".index"))


def _chosen(given: MultiDict[str, str]) -> list[int] | None:
    """Return the deliveries that are ticked, None for all that the filters find."""
    if WHOLE in given:
        return None
    ticked = (read_id(text) for text in given.getlist("ids"))
    return sorted({id_ for id_ in ticked if id_ is not None})


def _nothing_chosen(asked: Asked) -> Response:
    toast(_("Nothing is selected: tick deliveries, or choose the whole group."), "error")
    return see_other(asked.back_url())
