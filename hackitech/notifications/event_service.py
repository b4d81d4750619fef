"""Use cases on events: create, correct, cancel, pause, resume, retract."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.errors import Conflict, Invalid
from hackitech.core.kill_points import kill_point
from hackitech.core.publish import publish_event_updated, wake_clock
from hackitech.core.transaction import after_commit, atomic
from hackitech.models.audit import record_audit
from hackitech.models.event import CANCELLED, PAUSED, Event
from hackitech.models.notification import Notification
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status
from hackitech.notifications import queries
from hackitech.notifications.content import (
    MAX_MESSAGE,
    MAX_TITLE,
    NotifyFields,
    check_action_url,
    in_every_language,
    search_text,
)
from hackitech.notifications.event_queries import count_too_late, deliveries_wait, get_event, present_event
from hackitech.notifications.idempotency import Answer, Request, recall, remember
from hackitech.notifications.lifecycle import RESUMED, advance, stop_deliveries
from hackitech.notifications.local_expansion import somebody_left
from hackitech.notifications.notify import notify
from hackitech.notifications.presentation import present

Expectation = Callable[[Any], None]
"""Raises where the event is no longer what the caller has read."""
LIMITS = {"title": MAX_TITLE, "message": MAX_MESSAGE}
DERIVED = ("search_text", "channel_wording")
INLINE_RETRACTIONS = 100
"""Events that a retraction withdraws within the request; the clock sees to the others."""


def create(
    notification_type: str, fields: NotifyFields, locale: str, repeatable: Request | None, *, single: bool
) -> Answer:
    """Create a notification or an event and return the answer: 201 for `single` at once, else 202."""
    with atomic() as session:
        earlier = recall(session, repeatable) if repeatable else None
        if earlier is not None:
            return earlier
        after_commit(partial(kill_point, "web.committed"))  # the first effect: before others hear of it
        with named_as_given(single):
            notified = notify(notification_type, **fields)
        if single and notified.status != "scheduled":
            row = queries.get_copy(session, notified.event_id, notified.recipient_ids[0])
            answer = Answer(201, present(row, locale))
        else:
            event = get_event(session, notified.event_id, None)
            answer = Answer(202, present_event(session, event, locale))
        if repeatable:
            remember(session, repeatable, answer)
        kill_point("web.before_commit")
        return answer


@contextmanager
def named_as_given(single: bool) -> Iterator[None]:
    """Tell what is wrong about an only recipient by the name that the caller used."""
    try:
        yield
    except Invalid as error:
        if not single or "recipients" not in error.errors:
            raise
        raise Invalid({"recipient": error.errors["recipients"]}) from None


def edit_event(
    event_id: int, sender_id: int | None, editor_id: int, content: Mapping[str, Any], expect: Expectation
) -> Any:
    """Correct an event's content, for all its copies, with an audit entry; return its row.

    Raises:
        NotFound, Invalid; and whatever `expect` raises about the event as it is.
    """
    with atomic() as session:
        _lock(session, event_id)
        event = get_event(session, event_id, sender_id)
        expect(event)
        values = _corrections(event, content)
        if values:
            session.execute(sa.update(Event).where(Event.id == event_id).values(**values))
            before = {name: getattr(event, name) for name in values if name not in DERIVED}
            after = {name: values[name] for name in before}
            record_audit(editor_id, "event.edit", "event", event_id, before, after)
            publish_event_updated(event_id)
        return get_event(session, event_id, None)


def _lock(session: Session, event_id: int) -> None:
    """Keep others from moving an event, or stopping its deliveries in another order, meanwhile."""
    session.execute(sa.select(Event.id).where(Event.id == event_id).with_for_update())


def edit_notification(id_: int, editor_id: int, content: Mapping[str, Any]) -> Any:
    """Correct what one member's copy says, where it is the event's only copy.

    Raises:
        Conflict: others have copies; the event is to be corrected.
    """
    with atomic() as session:
        row = queries.get_notification(session, id_, None)
        copies = sa.select(Notification.id).where(Notification.event_id == row.event_id).limit(2)
        if len(session.execute(copies).all()) > 1:
            raise Conflict(f"Others received it too: correct the event {row.event_id} instead.")
        edit_event(row.event_id, None, editor_id, content, lambda event: None)
        return queries.get_notification(session, id_, None)


def _corrections(event: Any, content: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: in_every_language(name, content[name], limit)
        for name, limit in LIMITS.items()
        if name in content
    }
    if "action_url" in content:
        values["action_url"] = check_action_url(content["action_url"])
    values |= {name: content[name] for name in ("data", "priority") if name in content}
    if values.keys() & LIMITS.keys():
        said = {name: values.get(name) or getattr(event, name) for name in LIMITS}
        values["search_text"] = search_text(said["title"], said["message"])
        values["channel_wording"] = {k: _common(words) for k, words in event.channel_wording.items()}
    return values


def _common(words: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what single channels say in words of their own: they would repeat what was wrong."""
    return {name: said for name, said in words.items() if not isinstance(said, Mapping)}


@dataclass(slots=True)
class Stopped:
    """How many deliveries a cancellation stopped, and how many of each channel had left before."""

    cancelled: int = 0
    too_late: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """Return what the API answers of it."""
        return {
            "cancelled": self.cancelled,
            "too_late": self.too_late.total(),
            "too_late_by_channel": dict(self.too_late),
        }


def cancel_event(event_id: int, sender_id: int | None) -> tuple[Any, Stopped]:
    """Stop an event: nobody further is written to, and what no provider was handed is cancelled.

    Returns the event's row as well. Deliveries beyond the first chunk follow within moments, and no
    worker takes them meanwhile.
    """
    stopped = Stopped()
    with atomic() as session:
        _lock(session, event_id)
        get_event(session, event_id, sender_id)
        session.execute(
            sa.update(Event)
            .where(Event.id == event_id, Event.status != CANCELLED, Event.retracted_at.is_(None))
            .values(status=CANCELLED, due_at=clock.now())
        )
        _stop(session, event_id, Rule.CANCELLED, stopped)
        wake_clock()
        return get_event(session, event_id, None), stopped


def pause_event(event_id: int, sender_id: int | None, editor_id: int | None = None) -> Any:
    """Pause an event: nobody further is written to, and what has not left waits; return its row.

    Deliveries beyond the first chunk are held within moments, and none leaves meanwhile. Twice is the
    same as once.

    Raises:
        NotFound: unknown, or somebody else's.
        Conflict: it is over, or there is nothing left to hold.
    """
    with atomic() as session:
        event = _open_event(session, event_id, sender_id)
        if event.status == PAUSED:
            return event
        if event.status == "done" and not deliveries_wait(session, event_id):
            raise Conflict("There is nothing left to pause: everything has left.")
        values = {"status": PAUSED, "total": _total(session, event), "due_at": clock.now()}
        return _move(session, event, "pause", editor_id, values)


def resume_event(event_id: int, sender_id: int | None, editor_id: int | None = None) -> Any:
    """Go on with a paused event where it was, and let go what waits; return its row.

    Deliveries beyond the first chunk follow within moments. Twice is the same as once.

    Raises:
        NotFound, Conflict: as for `pause_event`.
    """
    with atomic() as session:
        event = _open_event(session, event_id, sender_id)
        if event.status != PAUSED:
            return event
        values = {"status": _status_before(event), "due_at": RESUMED}
        return _move(session, event, "resume", editor_id, values)


def _open_event(session: Session, event_id: int, sender_id: int | None) -> Any:
    _lock(session, event_id)
    event = get_event(session, event_id, sender_id)
    if event.status == CANCELLED or event.retracted_at is not None:
        raise Conflict("It was cancelled or retracted.")
    return event


def _total(session: Session, event: Any) -> int:
    """Return a total that tells when it goes on whether an event is written: only then it is what is done."""
    total: int = event.total
    if event.status == "running" and event.done >= total and somebody_left(session, event):
        return int(event.done) + 1
    return total


def _status_before(event: Any) -> str:
    if event.done == 0 and (event.send_at or event.send_at_local):
        return "scheduled"
    return "done" if event.done >= event.total else "running"


def _move(session: Session, event: Any, action: str, editor_id: int | None, values: Mapping[str, Any]) -> Any:
    session.execute(sa.update(Event).where(Event.id == event.id).values(**values))
    if editor_id is not None:
        before, after = {"status": event.status}, {"status": values["status"]}
        record_audit(editor_id, f"event.{action}", "event", event.id, before, after)
    advance(session, event.id)
    wake_clock()
    return get_event(session, event.id, None)


def _stop(session: Session, event_id: int, rule: Rule, stopped: Stopped) -> None:
    stopped.cancelled += stop_deliveries(session, event_id, Status.CANCELLED, rule)
    stopped.too_late += count_too_late(session, event_id)


def retract(about: str, sender_id: int | None) -> tuple[int, Stopped]:
    """Withdraw every event about an object: pending channels are cancelled, copies leave the inboxes.

    Returns how many events, too; copies beyond the first chunk follow within moments.
    """
    ids = _mark_retracted(about, sender_id)
    stopped = Stopped()
    # A transaction each: with several events in one, two callers could lock members in two orders.
    for id_ in ids[:INLINE_RETRACTIONS]:
        with atomic() as session:
            _lock(session, id_)
            _stop(session, id_, Rule.RETRACTED, stopped)
            advance(session, id_)
    with atomic() as session:
        left = [Event.object == about, Event.retracted_at.is_not(None), Event.due_at.is_not(None)]
        session.execute(sa.update(Event).where(*left).values(due_at=clock.now()))
        wake_clock()
    return len(ids), stopped


def _mark_retracted(about: str, sender_id: int | None) -> list[int]:
    ours = [Event.object == about, Event.retracted_at.is_(None)]
    if sender_id is not None:
        ours.append(Event.sender_id == sender_id)
    with atomic() as session:
        statement = (
            sa.update(Event)
            .where(*ours)
            .values(
                retracted_at=clock.now(),
                due_at=clock.now(),
                status=sa.case((Event.status == "done", "done"), else_=CANCELLED),
            )
            .returning(Event.id)
        )
        return sorted(session.scalars(statement), reverse=True)
