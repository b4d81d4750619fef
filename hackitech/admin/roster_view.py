"""What the roster of a message shows: how many have taken note, who, and whether it can be sent again."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.admin.listing_view import PAGE_SIZE, choice, pages_beside, words
from hackitech.admin.rules_view import rule_words
from hackitech.admin.tasks_view import task_context
from hackitech.channels.registry import channel_label
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.dates import absolute_time
from hackitech.core.i18n import N_, in_language
from hackitech.core.search import matches
from hackitech.models.event import CANCELLED, PAUSED
from hackitech.models.notification import IN_APP
from hackitech.models.statuses import Status
from hackitech.models.user import User
from hackitech.notifications.missing_queries import EXPECTED
from hackitech.notifications.resend_service import RESEND
from hackitech.notifications.resending import EXPIRED, RETRACTED, why_stopped
from hackitech.notifications.roster_queries import (
    BY_MEMBER,
    CONFIRMED,
    SEEN,
    STATES,
    UNREACHED,
    UNSEEN,
    count_states,
    deliveries_of_copies,
    select_roster,
)
from hackitech.tasks.queries import running_tasks

Context = dict[str, Any]
STATE_WORDS = {
    UNREACHED: N_("Not reached"),
    UNSEEN: N_("Not seen yet"),
    SEEN: N_("Seen, not confirmed"),
    CONFIRMED: N_("Confirmed"),
}
WHEN = {
    UNSEEN: ("surfaced_at", N_("Waiting since %(time)s")),
    SEEN: ("seen_at", N_("Seen: %(time)s")),
    CONFIRMED: ("acknowledged_at", N_("Confirmed: %(time)s")),
}
"""By state: the time that tells about it, and the words around it."""
NOBODY = {
    UNREACHED: N_("Everybody was reached"),
    UNSEEN: N_("Everybody who was reached has seen it"),
    SEEN: N_("Nobody has seen it without confirming"),
    CONFIRMED: N_("Nobody has confirmed yet"),
}
STOPPED_WORDS = {
    RETRACTED: N_("It was withdrawn, so it cannot be sent again."),
    EXPIRED: N_("It is over, so it cannot be sent again."),
    CANCELLED: N_("It was cancelled, so it cannot be sent again."),
    PAUSED: N_("It is paused. Let it go on before you send it again."),
}


def roster_context(event: Any) -> Context:
    """Return what `roster.html` shows of an event's row.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    counts = count_states(db.session(), event.id)
    first = next((state for state in STATES if counts.by_state[state]), UNREACHED)
    state, search = choice("state", STATES, first), words("q")
    query = select_roster(event.id, state)
    if search:
        query = query.where(matches(search, User.name, User.email))
    page = BY_MEMBER.page(query, request.args.get("cursor"), PAGE_SIZE)
    deliveries = deliveries_of_copies(db.session(), page.rows)
    return {
        "event": event,
        "title": in_language(event.title),
        "counts": counts,
        "state": state,
        "q": search,
        "tabs": [_tab(event, one, state, search, counts.by_state[one]) for one in STATES],
        "nobody": _(NOBODY[state]),
        "rows": [_row(row, state, deliveries[row.id]) for row in page.rows],
        **_sending_again(event, counts.missing),
        **pages_beside(page, state=state, q=search),
    }


def _tab(event: Any, state: str, current: str, search: str, amount: int) -> tuple[str, str, bool, int]:
    url = url_for(".show", event_id=event.id, state=state, q=search or None)
    return _(STATE_WORDS[state]), url, state == current, amount


def _sending_again(event: Any, missing: int) -> Context:
    """Return how many it can be sent to again, or why it cannot; a task that does it already."""
    running = [
        task for task in running_tasks(db.session(), RESEND) if task.params.get("event_id") == event.id
    ]
    mine = [task for task in running if current_user.role == "admin" or task.owner_id == current_user.id]
    stopped = why_stopped(event, clock.now())
    return {
        "missing": missing,
        "is_sending": bool(running),
        "task": task_context(mine[0]) if mine else None,
        "stopped": _(STOPPED_WORDS[stopped]) if stopped else None,
    }


def _row(row: Any, state: str, deliveries: list[Any]) -> Context:
    column, said = WHEN.get(state, ("", ""))
    is_admin = current_user.role == "admin"
    return {
        "name": row.name or _("Member no. %(id)s", id=row.recipient_id),
        "email": row.email,
        "url": url_for("admin.log.show", notification_id=row.id) if is_admin else None,
        "said": _(said, time=absolute_time(getattr(row, column))) if column else None,
        "is_removed": row.deleted_at is not None and state != CONFIRMED,
        "channels": _channels(row, deliveries, state == UNREACHED),
    }


def _channels(row: Any, deliveries: list[Any], explained: bool) -> list[Context]:
    """Return what became of each channel; `explained`: why by none, those that are not used included."""
    in_app = Status.DELIVERED if row.in_inbox else Status.SUPPRESSED
    became = [(IN_APP, in_app, row.in_app_rule), *((one.channel, one.status, one.rule) for one in deliveries)]
    return [
        {
            "label": _(channel_label(key)),
            "status": status,
            "why": rule_words(rule) if explained and status == Status.SUPPRESSED else None,
        }
        for key, status, rule in became
        if explained or status != Status.SUPPRESSED or rule not in EXPECTED
    ]
