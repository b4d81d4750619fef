"""`notify()`: the one way in, for one member and for everybody."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Unpack

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from hackitech.catalog.lookup import get_type
from hackitech.core import clock
from hackitech.core.database import Id, db, table
from hackitech.core.errors import Invalid
from hackitech.core.publish import publish_created, wake_clock
from hackitech.models.event import Event
from hackitech.models.topic import Topic
from hackitech.models.user import ROLES, User
from hackitech.notifications.content import Member, NotifyFields, event_content, one_of
from hackitech.notifications.expansion import Audience, Chunk, audience_size, next_chunk, write_chunk
from hackitech.notifications.local_expansion import turns_left

MAX_RECIPIENTS = 1000
PUBLISHED_IDS = 100
"""Beyond that many recipients, streams look up themselves who of theirs is concerned."""


@dataclass(frozen=True, slots=True)
class Notified:
    """What became of a call: the event, and the ids that are nobody's."""

    event_id: int
    status: str
    recipient_ids: tuple[int, ...]
    unknown_recipients: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that was checked: whom it is for, the ids that are nobody's, and the event's columns."""

    audience: Audience
    unknown_recipients: tuple[int, ...]
    columns: dict[str, Any]


def notify(notification_type: str, **content: Unpack[NotifyFields]) -> Notified:
    """Tell one audience (`recipients`, `topic`, `role` or `all`) of an event, in the caller's transaction.

    Nothing is sent unless that transaction commits; this never commits. Open it with
    `core.transaction.atomic()`, so that SQLite takes its write lock at the start. With
    `title` and `message` the type's own wording and its required `params` are not needed.

    Raises:
        Invalid: by field, as the JSON API answers it.
    """
    session = db.session()
    call = prepare(session, notification_type, content)
    event_id, status = write_event(session, call.audience, call.columns)
    return Notified(event_id, status, call.audience.ids, call.unknown_recipients)


def prepare(session: Session, notification_type: str, content: NotifyFields) -> Prepared:
    """Check a call and return what it is to write, without writing anything.

    Raises:
        Invalid: as `notify` does.
    """
    loaded = get_type(session, notification_type)
    actor_id, actor_name = _actor(session, content.get("actor"))
    audience, unknown, topic_key = _audience(session, content, actor_id)
    columns = {
        **event_content(loaded, content, actor_name),
        "notification_type": notification_type,
        "actor_id": actor_id,
        "sender_id": content.get("sender_id"),
        "topic_id": audience.topic_id,
        "topic": topic_key,
        "audience": audience.kind,
        "role": audience.role,
        "recipient_ids": list(audience.ids) if audience.kind == "ids" else None,
        "unknown_recipients": list(unknown),
        "send_at": content.get("send_at"),
        "send_at_local": content.get("send_at_local"),
    }
    return Prepared(audience, unknown, columns)


def write_event(
    session: Session, audience: Audience, columns: dict[str, Any], *, summary: bool = False
) -> tuple[int, str]:
    """Insert an event and the copies of its first members, and return its id and status."""
    now = clock.now()
    starts = _starts(session, audience, columns)
    if starts is not None and (starts > now or columns.get("send_at_local")):
        total = audience_size(session, audience)
        event = _insert(session, columns, status="scheduled", total=total, due_at=starts, created_at=now)
        wake_clock()
        return event.id, "scheduled"
    chunk = next_chunk(session, audience, 0, current_app.config["INLINE_CHUNK_SIZE"])
    progress = _progress(session, audience, chunk, columns)
    event = _insert(session, columns, created_at=now, **progress)
    write_chunk(session, event, audience, chunk, now, summary=summary)
    publish_created(event.id, audience.ids if 0 < len(audience.ids) <= PUBLISHED_IDS else None)
    wake_clock()
    return event.id, progress["status"]


def _starts(session: Session, audience: Audience, columns: dict[str, Any]) -> dt.datetime | None:
    """Return when an event starts that was given a time: its own, or the first one's of its recipients."""
    local: dt.datetime | None = columns.get("send_at_local")
    if local is None:
        at: dt.datetime | None = columns["send_at"]
        return at
    turns = turns_left(session, audience, local)
    return turns[0].at if turns else clock.now()


def _progress(session: Session, audience: Audience, chunk: Chunk, columns: dict[str, Any]) -> dict[str, Any]:
    position = {"cursor": chunk.upto, "done": chunk.size}
    if chunk.last:
        return {**position, "status": "done", "total": chunk.size, "due_at": columns["expires_at"]}
    return {
        **position,
        "status": "running",
        "total": audience_size(session, audience),
        "due_at": clock.now(),
    }


@cache
def _insert_event() -> Any:
    columns = table(Event).c
    return sa.insert(table(Event)).returning(
        columns.id,
        columns.notification_type,
        columns.topic_id,
        columns.channels,
        columns.priority,
        columns.group_key,
        columns.object,
    )


def _insert(session: Session, columns: dict[str, Any], **progress: Any) -> Any:
    values = {"done": 0, "cursor": 0, "retracted_at": None, **columns, **progress}
    return session.execute(_insert_event(), values).one()


def _actor(session: Session, actor: Member | int | None) -> tuple[int | None, str | None]:
    if actor is None:
        return None, None
    if not isinstance(actor, int):
        return actor.id, actor.name
    name = session.scalar(sa.select(User.name).where(User.id == actor))
    if name is None:
        raise Invalid({"actor": ["No member has this id."]})
    return actor, name


def _audience(
    session: Session, content: NotifyFields, actor_id: int | None
) -> tuple[Audience, tuple[int, ...], str | None]:
    given = [name for name in ("recipients", "topic", "role", "all") if content.get(name)]
    if len(given) != 1:
        raise Invalid({"recipients": ["Give exactly one of: recipient, recipients, topic, role, all."]})
    if given == ["recipients"]:
        known, unknown = _known(session, content["recipients"])
        return Audience("ids", known), unknown, None
    if given == ["all"]:
        return Audience("all", actor_id=actor_id), (), None
    if given == ["role"]:
        return Audience("role", role=one_of("role", content["role"], ROLES), actor_id=actor_id), (), None
    key = content["topic"]
    topic_id = session.scalar(sa.select(Topic.id).where(Topic.key == key))
    if topic_id is None:
        raise Invalid({"topic": ["No topic has this key."]})
    return Audience("topic", topic_id=topic_id, actor_id=actor_id), (), key


@cache
def _select_known() -> Any:
    return (
        sa.select(User.id).where(User.id.in_(sa.bindparam("ids", type_=Id, expanding=True))).order_by(User.id)
    )


def _known(session: Session, recipients: Sequence[Member | int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if len(recipients) > MAX_RECIPIENTS:
        raise Invalid({"recipients": [f"At most {MAX_RECIPIENTS}; beyond, send to a topic."]})
    ids = list(dict.fromkeys(r if isinstance(r, int) else r.id for r in recipients))
    known = tuple(session.scalars(_select_known(), {"ids": ids}))
    unknown = tuple(member for member in ids if member not in set(known))
    if not known:
        raise Invalid({"recipients": ["No member has this id."]})
    return known, unknown
