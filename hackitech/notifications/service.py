"""Use cases on notifications that exist: read, archive, snooze, delete, one or many at a time."""

import dataclasses
import datetime as dt
import secrets
from collections.abc import Callable
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.clock import time_text
from hackitech.core.database import MAX_ID, Id, UtcDateTime, chosen_by, db, rows_changed, table
from hackitech.core.errors import Conflict, Invalid
from hackitech.core.publish import publish_changed, publish_deleted, publish_updated
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit
from hackitech.models.notification import Notification
from hackitech.notifications import event_service, queries
from hackitech.notifications.filters import Filters, up_to

Values = dict[str, Any]
Moment = dt.datetime | sa.BindParameter[dt.datetime]
Expectation = Callable[[Any], None]
"""Raises where the notification is no longer what the caller has read."""
N = table(Notification).c
P = sa.bindparam


def _read(now: Moment) -> Values:
    return {"read_at": sa.func.coalesce(N.read_at, now), "seen_at": sa.func.coalesce(N.seen_at, now)}


def _archive(now: Moment) -> Values:
    return {"archived_at": now, "snoozed_until": None}


ACTIONS: dict[str, tuple[Callable[[Moment], Values], Callable[[], Any]]] = {
    "read": (_read, lambda: N.read_at.is_(None)),
    "unread": (lambda now: {"read_at": None}, lambda: N.read_at.is_not(None)),
    "seen": (lambda now: {"seen_at": now}, lambda: N.seen_at.is_(None)),
    "archive": (_archive, lambda: N.archived_at.is_(None)),
    "unarchive": (lambda now: {"archived_at": None}, lambda: N.archived_at.is_not(None)),
    "unsnooze": (lambda now: {"snoozed_until": None}, lambda: N.snoozed_until.is_not(None)),
    "delete": (lambda now: {"deleted_at": now}, lambda: N.deleted_at.is_(None)),
}
"""By action: what it sets, and on which rows it changes anything (twice is the same as once)."""
RESTORED = ("read_at", "seen_at", "archived_at", "snoozed_until", "surfaced_at")
"""What undoing puts back; a row keeps each as `was_…`."""
STATE = ("read_at", "archived_at", "snoozed_until")


def act(id_: int, user_id: int, action: str) -> Any:
    """Apply one of `ACTIONS` to a member's own notification and return the row as it is then.

    Raises:
        NotFound: unknown, deleted, or somebody else's.
    """
    with atomic() as session:
        own = {"own_id": id_, "reader": user_id, "now": clock.now()}
        return _told(session, id_, user_id, rows_changed(session, _acting(action), own))


@cache
def _acting(action: str) -> sa.Update:
    """Make once what members do all the time."""
    values, changes = ACTIONS[action]
    own = [N.id == P("own_id", type_=Id), N.recipient_id == P("reader", type_=Id), N.deleted_at.is_(None)]
    return _updating([*own, changes()], values(P("now", type_=UtcDateTime)))


def mark_as_read(id_: int, user_id: int) -> Any:
    """Mark a member's own notification as read; the first time of reading stays."""
    return act(id_, user_id, "read")


def acknowledge(id_: int, user_id: int) -> Any:
    """Confirm that a member has taken note of their own notification, and so read it; the first time stays.

    Raises:
        NotFound: as for `act`.
        Conflict: it does not ask for that.
    """
    with atomic() as session:
        if not queries.get_notification(session, id_, user_id).acknowledge:
            raise Conflict("It does not ask to be acknowledged.")
        now = clock.now()
        values = {**_read(now), "acknowledged_at": sa.func.coalesce(N.acknowledged_at, now)}
        return _change_one(id_, user_id, values, sa.or_(N.acknowledged_at.is_(None), N.read_at.is_(None)))


def snooze(id_: int, user_id: int, until: dt.datetime) -> Any:
    """Hide a notification until a time, when it comes back unread and on top.

    Raises:
        Invalid: the time is not in the future.
    """
    _check_until("until", until)
    return _change_one(id_, user_id, {"snoozed_until": until, "archived_at": None}, _differs(until))


def _differs(until: dt.datetime) -> Any:
    return sa.or_(N.snoozed_until.is_distinct_from(until), N.archived_at.is_not(None))


def change(id_: int, recipient_id: int | None, editor_id: int, wanted: Values, expect: Expectation) -> Any:
    """Set reading state by field (`is_read`, `archived`, `snoozed_until`) and return the row as it is then.

    `recipient_id` None is an administrator's view; what they change for others is audited.

    Raises:
        NotFound, Invalid; and whatever `expect` raises about the row as it is.
    """
    with atomic() as session:
        _lock(session, id_)
        current = queries.get_notification(session, id_, recipient_id)
        expect(current)
        values = _new_state(current, wanted)
        if not values:
            return current
        row = _change_one(id_, recipient_id, values, sa.true())
        _audit(editor_id, "notification.change", current, row)
        return row


def _lock(session: Session, id_: int) -> None:
    """Keep what is decided about a row true until the transaction ends."""
    session.execute(sa.select(N.id).where(N.id == id_).with_for_update())


def _new_state(current: Any, wanted: Values) -> Values:
    now, until = clock.now(), wanted.get("snoozed_until")
    values: Values = {}
    if "is_read" in wanted and wanted["is_read"] != (current.read_at is not None):
        values |= _read(now) if wanted["is_read"] else {"read_at": None}
    if "archived" in wanted and wanted["archived"] != (current.archived_at is not None):
        values |= _archive(now) if wanted["archived"] else {"archived_at": None}
    if until is not None:
        _check_until("snoozed_until", until)
        if wanted.get("archived"):
            raise Invalid({"snoozed_until": ["It is either archived or snoozed."]})
        values |= {"snoozed_until": until, "archived_at": None}
    elif "snoozed_until" in wanted and current.snoozed_until is not None:
        values["snoozed_until"] = None
    return values


def _audit(editor_id: int, action: str, before: Any, after: Any) -> None:
    """Tell the log what an administrator did to another member's notification."""
    if editor_id == before.recipient_id:
        return
    states = [
        {name: time_text(getattr(row, name)) for name in STATE} if row is not None else None
        for row in (before, after)
    ]
    record_audit(editor_id, action, "notification", before.id, *states)


def correct(id_: int, editor_id: int, state: Values, content: Values, expect: Expectation) -> Any:
    """As an administrator, set reading state and correct what an only copy says; both or neither.

    Raises:
        Conflict: others have copies; and as `change` does.
    """
    with atomic():
        change(id_, None, editor_id, state, expect)
        return event_service.edit_notification(id_, editor_id, content)


def delete(id_: int, recipient_id: int | None, editor_id: int, expect: Expectation) -> None:
    """Delete a notification; it leaves every list at once, and its row when the purge comes.

    Raises:
        NotFound; and whatever `expect` raises about the row as it is.
    """
    with atomic() as session:
        _lock(session, id_)
        row = queries.get_notification(session, id_, recipient_id)
        expect(row)
        _update(session, [N.id == id_], {"deleted_at": clock.now()})
        _audit(editor_id, "notification.delete", row, None)
        publish_deleted(row.recipient_id, id_)


def _change_one(id_: int, recipient_id: int | None, values: Values, changes: Any) -> Any:
    with atomic() as session:
        own = [] if recipient_id is None else [N.recipient_id == recipient_id]
        changed = _update(session, [N.id == id_, N.deleted_at.is_(None), *own, changes], values)
        return _told(session, id_, recipient_id, changed)


def _told(session: Session, id_: int, recipient_id: int | None, changed: int) -> Any:
    """Return the row as it is now; whoever watches is told if it changed."""
    row = queries.get_notification(session, id_, recipient_id)
    if changed:
        publish_updated(row.recipient_id, id_)
    return row


def _update(session: Session, conditions: list[Any], values: Values) -> int:
    return rows_changed(session, _updating(conditions, values))


def _updating(conditions: list[Any], values: Values) -> sa.Update:
    changed = {"undo_id": None, **values, "version": N.version + 1}
    return sa.update(table(Notification)).where(*conditions).values(changed)


def _check_until(field: str, until: dt.datetime | None) -> None:
    if until is None or until <= clock.now():
        raise Invalid({field: ["Must lie in the future."]})


def mark_all_as_read(user_id: int, filters: Filters, newest: int | None = None) -> int:
    """Mark as read all that the filters show, up to the newest that the reader has been shown."""
    if filters.place == "inbox" and filters.is_read is None:
        filters = dataclasses.replace(filters, is_read=False)  # the partial index on what is unread
    return _change_many(user_id, "read", _read(clock.now()), filters, newest, undo_id=None)


def delete_all_read(user_id: int) -> int:
    """Delete what is read and in the inbox; archived ones stay."""
    return _change_many(
        user_id, "delete", {"deleted_at": clock.now()}, Filters(is_read=True), None, undo_id=None
    )


def bulk(
    user_id: int, action: str, filters: Filters, newest: int | None = None, until: dt.datetime | None = None
) -> tuple[int, str]:
    """Apply an action to many; return how many changed, and the token that undoes it.

    Raises:
        Invalid: `snooze` without a time in the future, or a `newest` that is not the member's.
    """
    values = {"snoozed_until": until, "archived_at": None} if action == "snooze" else None
    if action == "snooze":
        _check_until("until", until)
    undo_id = secrets.randbelow(MAX_ID) + 1
    values = values or ACTIONS[action][0](clock.now())
    return _change_many(user_id, action, values, filters, newest, undo_id=undo_id), str(undo_id)


def _change_many(
    user_id: int, action: str, values: Values, filters: Filters, newest: int | None, *, undo_id: int | None
) -> int:
    """Apply an action to all that filters find, in chunks so that a million do not hold every lock."""
    conditions = [N.recipient_id == user_id, N.place != "hidden"]
    conditions += filters.where(listed=filters.ids is None)
    if action in ACTIONS:
        conditions.append(ACTIONS[action][1]())
    if newest is not None:
        conditions.append(_shown_up_to(user_id, newest))
    if undo_id is not None:
        values = {**values, "undo_id": undo_id, **{f"was_{name}": N[name] for name in RESTORED}}
        conditions.append(sa.or_(N.undo_id.is_(None), N.undo_id != undo_id))
    return _in_chunks(user_id, conditions, values)


def _in_chunks(user_id: int, conditions: list[Any], values: Values) -> int:
    """Update what the conditions find until they find nothing more; rows are locked in one order."""
    newest_first = (N.surfaced_at.desc(), N.id.desc())  # as the mailbox's index lies
    size = current_app.config["CHUNK_SIZE"]
    updated, changed = 0, size
    while changed >= size:
        with atomic() as session:
            chunk = sa.select(N.id).where(*conditions).order_by(*newest_first).limit(size).with_for_update()
            changed = _update(session, [chosen_by(session, N.id, chunk)], values)
            if changed:
                publish_changed([user_id])
        updated += changed
    return updated


def _shown_up_to(user_id: int, newest: int) -> Any:
    position = sa.select(N.surfaced_at, N.id).where(N.id == newest, N.recipient_id == user_id)
    row = db.session.execute(position).one_or_none()
    if row is None:
        raise Invalid({"up_to": ["Not one of your notifications."]})
    return up_to(row.surfaced_at, row.id)


def undo(user_id: int, undo_token: str) -> int:
    """Restore what a bulk action changed and nobody has changed since; return how many.

    Raises:
        Invalid: not a token of ours.
    """
    if not (undo_token.isascii() and undo_token.isdigit() and 0 < int(undo_token) <= MAX_ID):
        raise Invalid({"undo_token": ["Not a token that a bulk action gave."]})
    restored = {name: N[f"was_{name}"] for name in RESTORED}
    conditions = [N.recipient_id == user_id, N.undo_id == int(undo_token)]
    return _in_chunks(user_id, conditions, {**restored, "deleted_at": None})
