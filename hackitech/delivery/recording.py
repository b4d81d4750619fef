"""Write down what became of a delivery: one guarded move and its log entry."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import bindparam as P
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hackitech.channels.base import Channel, Message, Outcome, Permanent, Technical, Temporary
from hackitech.channels.circuit import CircuitOpen
from hackitech.channels.retry import next_wait
from hackitech.core import clock
from hackitech.core.database import UtcDateTime, rows_changed, table
from hackitech.core.kill_points import kill_point
from hackitech.core.logs import redact
from hackitech.core.transaction import atomic, own_connection
from hackitech.models.delivery import Delivery
from hackitech.models.delivery_attempt import GIVEN_UP, DeliveryAttempt
from hackitech.models.statuses import Status

log = structlog.get_logger()
NOT_BEGUN = "handed back before its turn came"


class Recorder:
    """Records outcomes one by one, each committed before the next may happen.

    Acceptances, which are nearly all, go over a connection that it keeps: one round trip where the database
    can move and log in one statement.
    """

    def __init__(self, channel: Channel, connection: Connection) -> None:
        self._channel = channel
        self._connection = connection
        self._acceptance = _acceptance(connection.dialect.name)

    def record(self, message: Message, outcome: Outcome) -> None:
        """Write down what became of a message and commit."""
        if outcome is None and self._record_acceptance(message.delivery_id):
            return
        with atomic() as session:
            record(session, self._channel, message, outcome)
            kill_point("worker.before_commit")

    def _record_acceptance(self, id_: int) -> bool:
        """Return whether it could be written down: not where the database was restarted meanwhile."""
        bound = {"delivery_id": id_, "now": clock.now()}
        try:
            with self._connection.begin():
                kill_point("worker.before_commit")
                done = [self._connection.execute(statement, bound) for statement in self._acceptance]
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return False
        if done[0].rowcount != 1:
            log.warning("delivery_moved_meanwhile", delivery=id_, expected=Status.SENDING, wanted=Status.SENT)
        return True


@contextmanager
def recording(channel: Channel) -> Iterator[Recorder]:
    """Yield what records the outcomes of a batch; no transaction is open between two of them."""
    with own_connection() as connection:
        yield Recorder(channel, connection)


@cache
def _acceptance(dialect: str) -> tuple[Any, ...]:
    """Return the statements that note an acceptance; the first one's row count says if it was still ours."""
    columns, now = table(Delivery).c, P("now", type_=UtcDateTime)
    # Also when the lease had run out: what is known to be accepted must not go again.
    ours = sa.and_(columns.id == P("delivery_id"), columns.status.in_((Status.SENDING, Status.UNKNOWN)))
    move = sa.update(table(Delivery)).where(ours).values(status=Status.SENT, due_at=None, updated_at=now)
    entry = now, sa.literal(Status.SENT.value), sa.literal("")
    if dialect == "postgresql":
        moved = move.returning(columns.id).cte("moved")
        return (_log(sa.select(moved.c.id, *entry)),)
    return _log(sa.select(columns.id, *entry).where(ours)), move


def _log(entries: Any) -> Any:
    into = sa.insert(table(DeliveryAttempt)).from_select(["delivery_id", "at", "outcome", "detail"], entries)
    return into.execution_options(preserve_rowcount=True)


def record(session: Session, channel: Channel, message: Message, outcome: Outcome) -> None:
    """Move a delivery from `sending` to what the provider made of it, in the caller's transaction."""
    id_ = message.delivery_id
    if outcome is None:
        _move(session, id_, Status.SENT)
    elif isinstance(outcome, CircuitOpen):
        release(session, [id_], str(outcome), outcome.retry_after or 0)
    elif isinstance(outcome, Temporary):
        _retry(session, channel, message, outcome)
    elif isinstance(outcome, Permanent):
        if _move(session, id_, Status.PERMANENT_FAILURE, str(outcome)):
            suppress = channel.suppress(message, redact(str(outcome))[:500])
            if suppress is not None:
                session.execute(suppress)
    elif isinstance(outcome, Technical):
        log.error("delivery_failed", delivery=id_, channel=channel.key, detail=str(outcome))
        _move(session, id_, Status.TECHNICAL_FAILURE, str(outcome))


def settle(session: Session, id_: int, status: Status, detail: str) -> None:
    """Move what was sent to what its provider reported afterwards; anything else stays as it is.

    A report proves that it was sent, also where a worker died before it could write that down.
    """
    current = session.scalar(sa.select(Delivery.status).where(Delivery.id == id_))
    if current == Status.UNKNOWN and _move(session, id_, Status.SENT, was=Status.UNKNOWN):
        current = Status.SENT
    if current == Status.SENT:
        _move(session, id_, status, detail, was=Status.SENT)


def release(session: Session, ids: list[int], detail: str = NOT_BEGUN, delay: float = 0) -> None:
    """Hand back deliveries that were claimed and not attempted; it costs them no attempt."""
    if not ids:
        return
    released = session.scalars(
        sa.update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.status == Status.SENDING)
        .values(
            status=Status.RETRYING,
            attempts=Delivery.attempts - 1,
            due_at=clock.after(delay),
            updated_at=clock.now(),
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    if released:
        entries = [_entry(id_, Status.RETRYING, detail) for id_ in released]
        session.execute(sa.insert(table(DeliveryAttempt)), entries)


def _retry(session: Session, channel: Channel, message: Message, outcome: Temporary) -> None:
    columns = sa.select(Delivery.attempts, sa.func.coalesce(Delivery.first_attempt_at, Delivery.updated_at))
    attempts, first = session.execute(columns.where(Delivery.id == message.delivery_id)).one()
    delay = next_wait(channel, attempts, outcome)
    gives_up = first + dt.timedelta(seconds=channel.retry_for(message))
    due_at = clock.after(delay)
    if not _move(session, message.delivery_id, Status.RETRYING, str(outcome), due_at=due_at):
        return
    if due_at >= gives_up:
        _move(session, message.delivery_id, Status.TEMPORARY_FAILURE, GIVEN_UP, was=Status.RETRYING)


@cache
def _guarded_move() -> Any:
    return (
        sa.update(table(Delivery))
        .where(Delivery.id == P("delivery_id"), Delivery.status == P("was"))
        .values(
            status=P("becomes"), due_at=P("due", type_=UtcDateTime), updated_at=P("now", type_=UtcDateTime)
        )
    )


def _move(
    session: Session,
    id_: int,
    status: Status,
    detail: str = "",
    *,
    due_at: dt.datetime | None = None,
    was: Status = Status.SENDING,
) -> bool:
    bound = {"delivery_id": id_, "was": was, "becomes": status, "due": due_at, "now": clock.now()}
    moved = rows_changed(session, _guarded_move(), bound) == 1
    if moved:
        session.execute(sa.insert(table(DeliveryAttempt)), _entry(id_, status, detail))
    else:
        log.warning("delivery_moved_meanwhile", delivery=id_, expected=was, wanted=status)
    return moved


def _entry(id_: int, status: Status, detail: str) -> dict[str, Any]:
    return {"delivery_id": id_, "at": clock.now(), "outcome": status, "detail": redact(detail)[:500]}
