"""The inbox and one notification, as pages: the same use cases as the JSON API."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from hackitech.catalog.lookup import all_types
from hackitech.channels.registry import channel_keys
from hackitech.core import clock
from hackitech.core.database import MAX_ID, db
from hackitech.core.errors import Invalid, NotFound
from hackitech.core.i18n import in_language
from hackitech.core.security import own_path
from hackitech.core.web import HOME, is_fragment_request, login_required_page, see_other, toast
from hackitech.notifications import queries, service
from hackitech.notifications.detail_view import detail_context, missing_context
from hackitech.notifications.filters import Filters
from hackitech.notifications.inbox_view import (
    Context,
    Mailbox,
    Place,
    Screen,
    counts_context,
    ids_behind,
    list_context,
    rows_still_on,
)
from hackitech.notifications.list_schemas import MAX_BULK_IDS
from hackitech.notifications.sentences import (
    Said,
    say_acknowledged,
    say_done,
    say_in_place,
    say_listed,
    say_muted,
    say_no_such_day,
    say_nothing_selected,
    say_restored,
    say_unmuted,
)
from hackitech.notifications.snoozing import snooze_until
from hackitech.topics.mute_service import mute_object, unmute_object
from hackitech.topics.service import follow_topic

inbox_pages = Blueprint("inbox_pages", __name__)
IN_PLACE = ("read", "unread")
DAY = 86400
MUTE_DAYS = {"day": 1, "week": 7, "month": 30}
"""What changes a notification where it stands; the others move it, and can be undone."""
MOVES = ("archive", "unarchive", "snooze", "unsnooze", "delete")
SHOWS_AGAIN = ("read", "unarchive", "unsnooze")
"""After which the page of a notification shows it again, rather than the list."""


@inbox_pages.app_context_processor
def _frame() -> Context:
    return {"mailbox": Mailbox()}


@inbox_pages.get("/")
def home() -> ResponseReturnValue:
    """Lead to the inbox."""
    return redirect(HOME)


@inbox_pages.get("/inbox")
@login_required_page
def inbox() -> str:
    """Show the inbox, or to HTMX the part of it that changes."""
    screen, place = Screen.read(request.args), Place.read(request.args)
    if not is_fragment_request():
        types = [{"key": loaded.key, "label": in_language(loaded.label)} for loaded in all_types(db.session)]
        context = counts_context(screen, Mailbox()) | _whole(screen, place)
        return render_template("notifications/inbox.html", types=types, **context)
    if request.headers.get("HX-Target") == "more":
        return render_template("notifications/_page.html", **list_context(screen, place))
    shown = _whole(screen, place)
    filtering = "HX-Boosted" in request.headers or request.headers.get("HX-Trigger") == "filters"
    said = say_listed(len(shown["rows"])) if filtering else Said()
    return _parts(screen, said, whole_list=True, **shown)


def _whole(screen: Screen, place: Place) -> Context:
    """Return what the list shows that begins with this page, whatever came before it."""
    return list_context(screen, Place(place.cursor, place.number))


@inbox_pages.get("/inbox/counts")
@login_required_page
def counts() -> Response | str:
    """Answer HTMX with the numbers of the tabs."""
    screen = Screen.read(request.args)
    if not is_fragment_request():
        return see_other(screen.url())
    return render_template("notifications/_numbers.html", **counts_context(screen, Mailbox()))


@inbox_pages.get("/inbox/<id:notification_id>")
@login_required_page
def notification(notification_id: int) -> str:
    """Show one notification; a person who looks at it has read it."""
    if _is_looked_at():
        row = service.mark_as_read(notification_id, current_user.id)
    else:
        row = queries.get_notification(db.session(), notification_id, current_user.id)
    back_url = _screen_of(request.referrer).url()
    return render_template("notifications/notification.html", back_url=back_url, **detail_context(row))


@inbox_pages.get("/inbox/missing")
@login_required_page
def missing() -> str:
    """Show what did not come lately, and why."""
    channel = request.args.get("channel", "")
    context = missing_context(channel if channel in channel_keys() else None, request.args.get("cursor"))
    return render_template("notifications/missing.html", **context)


def _is_looked_at() -> bool:
    """Return whether this is a navigation, or HTMX on someone's behalf: no prefetch and no probe."""
    if request.method != "GET" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return False
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    return mode == "navigate" or "HX-Request" in request.headers


@inbox_pages.post("/inbox/<id:notification_id>/<action>")
@login_required_page
def act(notification_id: int, action: str) -> Response | str:
    """Apply one action to one notification."""
    listed = "view" in request.form
    meant = ids_behind(Screen.read(request.form), [notification_id]) if listed else [notification_id]
    if action in IN_PLACE and len(meant) == 1:
        service.act(notification_id, current_user.id, action)
        said = say_in_place(action)
    elif action in IN_PLACE + MOVES:
        queries.get_notification(db.session(), notification_id, current_user.id)
        said = _change(meant, action, request.form.get("for", ""), request.form.get("date", ""))
    else:
        raise NotFound("No such action.")
    if listed:
        return _answer_rows(said, [notification_id], anew=action in IN_PLACE and len(meant) > 1)
    stays = action in SHOWS_AGAIN or said.kind == "error"
    return _elsewhere(url_for(".notification", notification_id=notification_id) if stays else HOME, said)


@inbox_pages.post("/inbox/<id:notification_id>/acknowledge")
@login_required_page
def acknowledge(notification_id: int) -> Response:
    """Confirm that the reader has taken note of a notification."""
    service.acknowledge(notification_id, current_user.id)
    return _elsewhere(url_for(".notification", notification_id=notification_id), say_acknowledged())


@inbox_pages.post("/inbox/<id:notification_id>/mute")
@login_required_page
def mute(notification_id: int) -> Response:
    """Have the reader hear no more, for a while, of what a notification is about."""
    choice = request.form.get("for", "")
    if choice not in MUTE_DAYS:
        raise Invalid({"for": [f"One of: {', '.join(MUTE_DAYS)}."]})
    until = clock.after(MUTE_DAYS[choice] * DAY)
    row = queries.get_notification(db.session(), notification_id, current_user.id)
    if row.object is not None:
        mute_object(current_user.id, row.object, until)
    else:
        _mute_topic(row.topic, until)
    return _elsewhere(url_for(".notification", notification_id=notification_id), say_muted(until))


@inbox_pages.post("/inbox/<id:notification_id>/unmute")
@login_required_page
def unmute(notification_id: int) -> Response:
    """Let what a notification is about, and its topic, be heard of again."""
    row = queries.get_notification(db.session(), notification_id, current_user.id)
    if row.object is not None:
        unmute_object(current_user.id, row.object)
    if row.object is None or row.topic is not None:
        _mute_topic(row.topic, None)
    return _elsewhere(url_for(".notification", notification_id=notification_id), say_unmuted())


def _mute_topic(topic: str | None, until: dt.datetime | None) -> None:
    if topic is None:
        raise NotFound("It is about nothing that can be muted.")
    follow_topic(current_user.id, topic, until, lambda subscription: None)


@inbox_pages.post("/inbox/bulk")
@login_required_page
def bulk() -> Response | str:
    """Apply one action to the notifications that are ticked, and to those that they stand for.

    `snooze:evening` names its time too.
    """
    action, _colon, choice = request.form.get("action", "").partition(":")
    if action not in IN_PLACE + MOVES:
        raise Invalid({"action": ["No such action."]})
    ids = [_id(text) for text in request.form.getlist("ids")]
    if len(ids) > MAX_BULK_IDS:
        raise Invalid({"ids": [f"At most {MAX_BULK_IDS}."]})
    if not ids:
        return _answer_rows(say_nothing_selected(), ids)
    meant = ids_behind(Screen.read(request.form), ids)
    said = _change(meant, action, choice, request.form.get("bulk_date", ""))
    return _answer_rows(said, ids, anew=action in IN_PLACE and len(meant) > len(ids))


def _change(ids: list[int], action: str, choice: str, date: str) -> Said:
    until = None
    if action == "snooze":
        until = snooze_until(choice, clock.now(), current_user.timezone, date)
        if until is None:
            return say_no_such_day()
    changed, token = service.bulk(current_user.id, action, Filters(ids=tuple(ids)), until=until)
    return say_done(action, changed, token, until)


@inbox_pages.post("/inbox/mark_all")
@login_required_page
def mark_all() -> Response | str:
    """Mark as read what the reader has been shown; `up_to` is the newest of it, 0 where there was none."""
    screen, newest = Screen.read(request.form), request.form.get("up_to", "0")
    changed, token = 0, ""
    if newest != "0":
        changed, token = service.bulk(current_user.id, "read", screen.filters(), _id(newest))
    return _answer_list(screen, say_done("read", changed, token))


@inbox_pages.post("/inbox/undo")
@login_required_page
def undo() -> Response | str:
    """Restore what an action changed and nobody has changed since."""
    restored = service.undo(current_user.id, request.form.get("undo_token", ""))
    listed = "view" in request.form
    screen = Screen.read(request.form) if listed else _screen_of(request.referrer)
    return _answer_list(screen, say_restored(restored))


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= MAX_ID):
        raise Invalid({"ids": ["Not an id."]})
    return int(text)


def _screen_of(referer: str | None) -> Screen:
    """Return the list that the reader came from; the whole inbox where it was none."""
    path, _mark, query = (own_path(referer) or "").partition("?")
    return Screen.read(dict(parse_qsl(query)) if path == HOME else {})


def _answer_rows(said: Said, ids: list[int], *, anew: bool = False) -> Response | str:
    """Answer with the rows that stay and those that leave the list on screen.

    With `anew` with the whole list: a row stood for others, which now stand for themselves.
    """
    screen = Screen.read(request.form)
    if anew:
        return _answer_list(screen, said)
    if not is_fragment_request():
        return _elsewhere(screen.url(), said)
    touched = [] if said.kind == "error" else ids
    changed = rows_still_on(screen, touched)
    removed = set(touched) - {row["id"] for row in changed}
    return _parts(screen, said, changed=changed, removed=sorted(removed))


def _answer_list(screen: Screen, said: Said) -> Response | str:
    """Answer with the list anew."""
    if not is_fragment_request():
        return _elsewhere(screen.url(), said)
    return _parts(screen, said, whole_list=True, **list_context(screen, Place()))


def _elsewhere(url: str, said: Said) -> Response:
    toast(said.text, said.kind, said.undo_token)
    return see_other(url)


def _parts(screen: Screen, said: Said, **parts: Any) -> str:
    context = {**counts_context(screen, Mailbox()), **said.parts(), **parts}
    return render_template("notifications/_answer.html", **context)
