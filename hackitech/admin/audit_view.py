"""The audit log as it is read: who did what to what and when, with what was before and after."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts.member_queries import names_of
from hackitech.admin import audit_queries
from hackitech.admin.audit_queries import AuditFilters
from hackitech.admin.audit_words_view import ACTIONS, COLUMNS, MEMBER_COLUMNS, OBJECTS
from hackitech.admin.listing_view import PAGE_SIZE, choice, find_member, pages_beside, read_id, words
from hackitech.core.local_time import at_time
from hackitech.core.text import fold

Context = dict[str, Any]
Values = Mapping[str, Any] | None
NOBODY = -1
"""An actor's id that no entry has."""
SHORT = 120
"""Characters of a value that are shown without being asked for."""
PLACES = {
    "user": ("admin.members.show", "user_id"),
    "topic": ("admin.topics.show", "key"),
    "event": ("admin.messages.show", "event_id"),
}
"""By kind of object: the page that shows one, and what its address is made of."""


class Change(NamedTuple):
    """One column: what it held before and holds after; None where there was nothing to hold it."""

    name: str
    before: str | None
    after: str | None

    @property
    def long(self) -> bool:
        """Whether it is shown only when it is asked for."""
        return any(len(value) > SHORT or "\n" in value for value in (self.before, self.after) if value)


def list_context() -> Context:
    """Return what `audit.html` shows.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    given = {name: words(name) for name in ("actor", "object_id", "since", "until")}
    given |= {"action": choice("action", ACTIONS), "object_type": choice("object_type", OBJECTS)}
    page = audit_queries.NEWEST_FIRST.page(
        audit_queries.entries(_filters(given)), request.args.get("cursor"), PAGE_SIZE
    )
    names = names_of({id_ for row in page.rows for id_ in _members_in(row)})
    return {
        "entries": [_entry(row, names) for row in page.rows],
        "given": given,
        "narrowed": any(given.values()),
        "actions": [("", _("All actions")), *_choices(ACTIONS)],
        "objects": [("", _("Everything")), *_choices(OBJECTS)],
        **pages_beside(page, **given),
    }


def changes(before: Values, after: Values, names: Mapping[int, str]) -> list[Change]:
    """Return what differs, column by column, in the order in which it was written down."""
    found = []
    for key in {**(before or {}), **(after or {})}:
        old, new = (_said(key, values, names) for values in (before, after))
        if old != new:
            found.append(Change(_(COLUMNS[key]) if key in COLUMNS else key, old, new))
    return found


def _filters(given: Mapping[str, str]) -> AuditFilters:
    actor = given["actor"]
    return AuditFilters(
        actor_id=(read_id(actor) or find_member(actor) or NOBODY) if actor else None,
        actions=(given["action"],) if given["action"] else (),
        object_type=given["object_type"],
        object_id=given["object_id"],
        since=_midnight(given["since"], 0),
        until=_midnight(given["until"], 1),
    )


def _midnight(text: str, days_later: int) -> dt.datetime | None:
    """Return when a day begins for the reader, or one that many days later; None where it is none."""
    try:
        day = dt.date.fromisoformat(text) + dt.timedelta(days=days_later)
        return at_time(day, dt.time(), current_user.timezone)
    except (ValueError, OverflowError):
        return None


def _entry(row: Any, names: Mapping[int, str]) -> Context:
    return {
        "id": row.id,
        "at": row.at,
        "actor_id": row.actor_id,
        "actor": row.actor,
        "action": _(ACTIONS[row.action]) if row.action in ACTIONS else row.action,
        "object": _(OBJECTS[row.object_type]) if row.object_type in OBJECTS else row.object_type,
        "object_name": _object_name(row, names),
        "object_url": _object_url(row),
        "changes": changes(row.before, row.after, names),
    }


def _object_name(row: Any, names: Mapping[int, str]) -> str:
    user_id = read_id(row.object_id) if row.object_type == "user" else None
    return row.object_id if user_id is None else _member(user_id, names)


def _object_url(row: Any) -> str | None:
    endpoint, parameter = PLACES.get(row.object_type, ("", ""))
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, **{parameter: row.object_id})


def _members_in(row: Any) -> Iterable[int]:
    """Yield the ids of the members whom an entry is about."""
    if row.object_type == "user":
        yield read_id(row.object_id) or 0
    for values in (row.before or {}, row.after or {}):
        for key in MEMBER_COLUMNS:
            value = values.get(key)
            yield from value if isinstance(value, list) else [value] if isinstance(value, int) else []


def _said(key: str, values: Values, names: Mapping[int, str]) -> str | None:
    """Return what a column held, as a person reads it; None where there was no such column."""
    if values is None or key not in values:
        return None
    value = values[key]
    if key in MEMBER_COLUMNS and value is not None:
        return ", ".join(_member(id_, names) for id_ in (value if isinstance(value, list) else [value]))
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None or value == "":
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _member(user_id: Any, names: Mapping[int, str]) -> str:
    name = names.get(user_id)
    return f"{name} ({user_id})" if name else _("Member no. %(id)s", id=user_id)


def _choices(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return values and texts for a choice, by the reader's alphabet."""
    return sorted(((key, _(text)) for key, text in texts.items()), key=lambda option: fold(option[1]))
