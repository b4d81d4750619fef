"""Summaries: what was held for a member leaves by each channel as one message, once for each window."""

import datetime as dt
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy import bindparam as P
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import CHANNELS
from hackitech.core import clock
from hackitech.core.database import Id, UtcDateTime, table
from hackitech.core.i18n import LOCALES, in_language
from hackitech.core.kill_points import kill_point
from hackitech.core.transaction import atomic
from hackitech.delivery.holding import (
    Delivery_,
    Event_,
    Notification_,
    Preference_,
    User_,
    carry_out,
    judge,
    judged,
    move,
    postpone,
)
from hackitech.delivery.timing import summary_window
from hackitech.models.delivery import Delivery
from hackitech.models.digest import Digest
from hackitech.models.event import CANCELLED
from hackitech.models.preference import DIRECT, FREQUENCIES
from hackitech.models.rules import SUMMARISED_HOLDS, Rule
from hackitech.models.statuses import Status
from hackitech.notifications.content import event_content
from hackitech.notifications.expansion import Audience
from hackitech.notifications.notify import write_event

log = structlog.get_logger()
SUMMARY = "summary"
"""The type of notification that a summary is."""
SHOWN = 10
"""Titles in a summary; the number of all is in its own title."""
BATCH = 200


def summarise_due() -> bool:
    """Make the summaries that are due, a transaction each, and return whether more may be.

    Any number of clocks may do this at once: each waits for the rows of a member that another has, and
    then finds them gone. A member whose summary cannot be made waits, and holds up nobody else.
    """
    found = False
    for channel in CHANNELS:
        with atomic() as session:
            bound = {"key": channel, "now": clock.now(), "size": BATCH}
            members = dict.fromkeys(session.scalars(_waiting_members(), bound))
        for member in members:
            found = True
            _summarise_safely(member, channel)
    return found


def _summarise_safely(member: int, channel: str) -> None:
    try:
        with atomic() as session:
            summarise(session, member, channel)
            kill_point("clock.summary_written")
    except DBAPIError:
        raise
    except Exception:
        log.exception("summary_stuck", user=member, channel=channel)
        with atomic() as session:
            ids = [row.id for row in session.execute(_held(), _of(member, channel))]
            postpone(session, ids, clock.after(current_app.config["QUEUE_LEASE"]))


def summarise(session: Session, member: int, channel: str) -> int | None:
    """Write the summary of what a channel held for a member until now.

    Returns its event, None where nothing is left to sum up.
    """
    rows = session.execute(_held(), _of(member, channel)).all()
    refused = {row.id: _refusal(row) for row in rows}
    for id_, rule in refused.items():
        if rule is not None:
            move(session, [id_], Status.SUPPRESSED, rule=rule, due_at=None)
    left = [row for row in rows if refused[row.id] is None]
    verdicts = judge(session, left)
    carry_out(session, verdicts)
    together = [row for row in left if row.id in set(verdicts.summarise)]
    if not together:
        return None
    ids = [row.id for row in together]
    frequency, window_start = _window(together[0])
    digest = _take_window(session, member, channel, frequency, window_start)
    if digest is None:  # it was made already, and these came late: the next one takes them along
        often = frequency if frequency in FREQUENCIES else "hourly"
        postpone(session, ids, summary_window(often, together[0].timezone, clock.now()).end)
        return None
    event_id = _write(session, member, channel, frequency, together)
    session.execute(sa.update(table(Digest)).where(Digest.id == digest).values(event_id=event_id))
    move(session, ids, Status.DIGESTED, due_at=None, digest_id=event_id)
    return event_id


@cache
def _waiting_members() -> Any:
    return (
        sa.select(Delivery_.recipient_id)
        .where(
            Delivery_.channel == P("key"),
            Delivery_.due_at <= P("now", type_=UtcDateTime),
            Delivery_.status == Status.HELD,
            Delivery_.hold.in_(SUMMARISED_HOLDS),
        )
        .order_by(Delivery_.due_at)
        .limit(P("size", type_=sa.Integer))
    )


def _of(member: int, channel: str) -> dict[str, Any]:
    return {"member": member, "key": channel, "now": clock.now()}


@cache
def _held() -> Any:
    """Select what a member's channel held until now, in an order in which nobody can deadlock."""
    return (
        judged()
        .add_columns(
            *(Notification_.id.label("notification_id"), Notification_.in_inbox),
            *(Event_.status.label("event_status"), Event_.retracted_at),
            *(Event_.title, Event_.action_url, Preference_.enabled, User_.active),
        )
        .where(
            Delivery_.recipient_id == P("member", type_=Id),
            Delivery_.channel == P("key"),
            Delivery_.status == Status.HELD,
            Delivery_.hold.in_(SUMMARISED_HOLDS),
            Delivery_.due_at <= P("now", type_=UtcDateTime),
        )
        .order_by(Delivery_.id)
        .with_for_update(of=table(Delivery))
    )


def _refusal(row: Any) -> Rule | None:
    """Return why something that was held must not leave any more, if it must not."""
    if row.retracted_at is not None:
        return Rule.RETRACTED
    if row.event_status == CANCELLED:
        return Rule.CANCELLED
    if not row.active:
        return Rule.INACTIVE
    return Rule.TURNED_OFF if row.enabled is False else None


def _window(row: Any) -> tuple[str, dt.datetime]:
    """Return which window a held row belongs to: by its frequency, or by the rule that held it."""
    if row.hold == Rule.FREQUENCY and row.frequency != DIRECT:
        within = row.due_at - dt.timedelta.resolution
        return row.frequency, summary_window(row.frequency, row.timezone, within).start
    return row.hold, row.due_at


def _take_window(
    session: Session, member: int, channel: str, frequency: str, window_start: dt.datetime
) -> int | None:
    row = {"user_id": member, "channel": channel, "frequency": frequency, "window_start": window_start}
    statement = insert(table(Digest)).values(**row).on_conflict_do_nothing().returning(table(Digest).c.id)
    return session.scalar(statement)


def _write(session: Session, member: int, channel: str, frequency: str, rows: list[Any]) -> int:
    notifications = {row.notification_id: row for row in rows}  # there is a row for each device
    loaded = find_type(session, SUMMARY)
    if loaded is None:
        raise RuntimeError(f"the type {SUMMARY!r} is missing; run `types sync`")
    params = {"total": len(notifications), "held_by": frequency}
    audience = Audience("ids", (member,))
    columns = {
        **event_content(loaded, {"params": params, "action_url": "/inbox", "channels": [channel]}, None),
        "notification_type": SUMMARY,
        **dict.fromkeys(("actor_id", "sender_id", "topic_id", "topic", "send_at")),
        "audience": audience.kind,
        "recipient_ids": [member],
        "unknown_recipients": [],
    }
    shown = list(notifications.values())[:SHOWN]
    for locale in LOCALES:
        items = [{"title": in_language(row.title, locale), "url": _link(row)} for row in shown]
        columns["channel_wording"][locale] |= {"items": items, "more": len(notifications) - len(shown)}
    return write_event(session, audience, columns, summary=True)[0]


def _link(row: Any) -> str | None:
    return f"/inbox/{row.notification_id}" if row.in_inbox else row.action_url
