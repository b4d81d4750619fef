"""Use cases on drafts: begin, write, copy, delete, send once."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core import clock
from hackitech.core.database import db, rows_changed
from hackitech.core.errors import Conflict, Invalid, NotFound
from hackitech.core.transaction import atomic
from hackitech.drafts import queries
from hackitech.drafts.checking_service import ALL, PEOPLE, ROLE, TOPIC, Sender, check_draft
from hackitech.models.audit import record_audit
from hackitech.models.draft import Draft
from hackitech.notifications.content import NotifyFields
from hackitech.notifications.event_queries import get_event
from hackitech.notifications.expansion import audience_size
from hackitech.notifications.notify import prepare, write_event

FIRST_TYPE = "announcement"
"""What a new draft is until its author chooses."""


class DraftChanges(TypedDict, total=False):
    """What an author writes; see `models.draft`."""

    notification_type: str
    content: Mapping[str, Any]
    audience: Mapping[str, Any]


class Confirmation(NamedTuple):
    """What an author saw and typed before sending."""

    seen: dt.datetime
    """The draft's `updated_at` as it was then."""
    total: int
    """How many recipients."""


def create_draft(author_id: int, **written: Any) -> int:
    """Begin a draft and return its id; `written` are its first `DraftChanges`."""
    now = clock.now()
    values = {"notification_type": FIRST_TYPE, "content": {}, "audience": {}, **written}
    with atomic() as session:
        statement = sa.insert(Draft).values(author_id=author_id, created_at=now, updated_at=now, **values)
        return int(session.scalar(statement.returning(Draft.id)))


def save_draft(draft_id: int, author_id: int, changes: DraftChanges) -> Any:
    """Keep what was written, finished or not, and return the draft's row.

    Raises:
        NotFound: unknown, or somebody else's.
        Conflict: it was sent.
    """
    with atomic() as session:
        draft = queries.get_draft(session, draft_id, author_id, to_change=True)
        if draft.event_id is not None:
            raise Conflict("This message was sent.")
        written = {name: value for name, value in changes.items() if value != getattr(draft, name)}
        if written:
            statement = sa.update(Draft).where(Draft.id == draft_id)
            session.execute(statement.values(**written, updated_at=clock.now()))
        return queries.get_draft(session, draft_id, author_id)


def delete_draft(draft_id: int, author_id: int) -> None:
    """Throw a draft away.

    Raises:
        NotFound: unknown, somebody else's, or sent.
    """
    own = sa.delete(Draft).where(Draft.id == draft_id, Draft.author_id == author_id, Draft.event_id.is_(None))
    with atomic() as session:
        if not rows_changed(session, own):
            raise NotFound("No draft has this id.")


def copy_event(event_id: int, author: Sender) -> int:
    """Begin a draft that says what an event said, to the same audience, and return its id.

    Raises:
        NotFound: unknown, or somebody else's whom the author may not read.
    """
    event = get_event(db.session(), event_id, None if author.of_all else author.id)
    chosen = {} if event.channels is None else {"channels": event.channels}
    content = {name: getattr(event, name) for name in ("title", "message", "priority", "acknowledge")}
    content |= {"action_url": event.action_url or "", **chosen}
    return create_draft(
        author.id,
        notification_type=event.notification_type,
        content=content,
        audience=_audience(db.session(), event),
    )


def _audience(session: Session, event: Any) -> dict[str, Any]:
    if event.audience == "ids":
        return {"kind": PEOPLE, "people": "\n".join(queries.addresses_of(session, event.recipient_ids))}
    return {
        "topic": {"kind": TOPIC, "topic": event.topic},
        "role": {"kind": ROLE, "role": event.role},
        "all": {"kind": ALL},
    }[event.audience]


def send_draft(draft_id: int, sender: Sender, confirmed: Confirmation) -> int:
    """Send a draft, or set it to be sent at its time, and return the event's id; a second call sends nothing.

    Raises:
        NotFound: unknown, or somebody else's.
        Conflict: it is not any more what its author saw.
        Invalid: by field, as `check_draft` does; `total` where the number of recipients is another one.
    """
    with atomic() as session:
        draft = queries.get_draft(session, draft_id, sender.id, to_change=True)
        if draft.event_id is not None:
            return int(draft.event_id)
        if draft.updated_at != confirmed.seen:
            raise Conflict("The message was changed meanwhile.")
        fields: NotifyFields = {**check_draft(draft, sender), "sender_id": sender.id}
        call = prepare(session, draft.notification_type, fields)
        total = audience_size(session, call.audience)
        if total != confirmed.total:
            raise Invalid({"total": [str(total)]})
        event_id, status = write_event(session, call.audience, call.columns)
        session.execute(sa.update(Draft).where(Draft.id == draft_id).values(event_id=event_id))
        after = {"title": fields["title"], "status": status, "recipients": total, "audience": draft.audience}
        record_audit(sender.id, "message.send", "event", event_id, None, after)
        return event_id
