"""Take in what the mail provider reports, and let administrators lift what that led to."""

import datetime as dt
from typing import Any, Literal, NotRequired, TypedDict

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from hackitech.bounces import queries
from hackitech.channels.email import EmailChannel, suppress_address
from hackitech.core.database import table
from hackitech.core.errors import NotFound, Unavailable
from hackitech.core.logs import redact
from hackitech.core.transaction import atomic
from hackitech.delivery.recording import settle
from hackitech.models.audit import record_audit
from hackitech.models.statuses import Status
from hackitech.models.suppression import Suppression

log = structlog.get_logger()
NOT_RECORDED_YET = 5.0
"""Seconds after which a report should come again that overtook our own record of the email."""


class Report(TypedDict):
    """What became of an email; `at` is when."""

    type: Literal["bounce", "complaint", "delivered"]
    address: str
    at: dt.datetime
    kind: NotRequired[Literal["hard", "soft"] | None]
    reason: NotRequired[str]
    message_id: NotRequired[str | None]


def take_report(report: Report) -> None:
    """Move the email that a report is about, and suppress its address after a hard bounce or a complaint.

    Safe to repeat: only what is `sent` moves, and an address that was given another chance after the report
    keeps it.

    Raises:
        Unavailable: the email is being sent right now; the report should come again.
    """
    with atomic() as session:
        _move(session, report)
        if report["type"] == "complaint" or report.get("kind") == "hard":
            _suppress(session, report)


def lift_suppression(admin_id: int, channel: str, address: str) -> None:
    """Let an address be written to again.

    Raises:
        NotFound: it is not suppressed.
    """
    if not f"{channel}{address}".isprintable():  # it may hold what Postgres refuses to compare with
        raise NotFound("This address is not suppressed.")
    with atomic() as session:
        lifted = sa.delete(table(Suppression)).where(
            table(Suppression).c.channel == channel, table(Suppression).c.address == address
        )
        row = session.execute(lifted.returning(table(Suppression).c.reason)).one_or_none()
        if row is None:
            raise NotFound("This address is not suppressed.")
        before = {"channel": channel, "address": address, "reason": row.reason}
        name = queries.audited_name(channel, address)
        record_audit(admin_id, queries.LIFT, queries.SUPPRESSION, name, before, None)


def _move(session: Session, report: Report) -> None:
    email: Any = queries.find_email(session, report.get("message_id") or "")
    if email is None:
        return
    if email.status == Status.SENDING:
        raise Unavailable("This email is being recorded.", retry_after=NOT_RECORDED_YET)
    settle(session, email.id, _status(report), f"the mail provider reports: {_words(report)}")


def _status(report: Report) -> Status:
    if report["type"] == "delivered":
        return Status.DELIVERED
    return Status.TEMPORARY_FAILURE if report.get("kind") == "soft" else Status.PERMANENT_FAILURE


def _words(report: Report) -> str:
    kind = report.get("kind")
    what = f"{kind} {report['type']}" if kind else report["type"]
    return " ".join([what, report.get("reason", "")]).strip()


def _suppress(session: Session, report: Report) -> None:
    if not queries.was_lifted_since(session, EmailChannel.key, report["address"], report["at"]):
        session.execute(suppress_address(report["address"], redact(_words(report))))
        log.info("address_suppressed", channel=EmailChannel.key, cause=report["type"])
