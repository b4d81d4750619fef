"""Addresses that are not written to, and the emails that reports are about."""

import datetime as dt
import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core.database import MAX_ID
from hackitech.core.pagination import Keyset
from hackitech.core.search import matches
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.delivery import Delivery
from hackitech.models.suppression import Suppression
from hackitech.models.user import User

LIFT, SUPPRESSION = "suppression.lift", "suppression"
NEWEST_FIRST = Keyset((Suppression.created_at, Suppression.channel, Suppression.address))
_OUR_MESSAGE_ID = re.compile(r"<?ntf-(\d{1,19})-(\d{1,4})@[^<>@\s]+>?", re.ASCII)
_LONGEST_NAME = 100


def suppressions(filters: dict[str, Any]) -> sa.Select[*tuple[Any, ...]]:
    """Select the addresses that are not written to."""
    columns = (Suppression.channel, Suppression.address, Suppression.reason, Suppression.created_at)
    return sa.select(*columns).filter_by(**filters)


def suppressions_of_members(search: str = "", channel: str | None = None) -> sa.Select[*tuple[Any, ...]]:
    """Select the same with the member whose address it is; `search` is a part of the address or the name."""
    columns = User.id.label("member_id"), User.name.label("member_name")
    query = suppressions({"channel": channel} if channel else {}).add_columns(*columns)
    query = query.outerjoin(User, User.email == Suppression.address)
    if search:
        query = query.where(matches(search, Suppression.address, User.name))
    return query


def find_suppression(session: Session, channel: str, address: str) -> Any | None:
    """Return one row of `suppressions_of_members`, None where that address is not suppressed."""
    if not f"{channel}{address}".isprintable():  # it may hold what Postgres refuses to compare with
        return None
    named = Suppression.channel == channel, Suppression.address == address
    return session.execute(suppressions_of_members().where(*named)).first()


def find_email(session: Session, message_id: str) -> Any | None:
    """Return id and status of the delivery that sent this Message-ID, None where it is not one of ours."""
    parts = _OUR_MESSAGE_ID.fullmatch(message_id)
    if parts is None or int(parts[1]) > MAX_ID:
        return None
    named = Delivery.id == int(parts[1]), Delivery.generation == int(parts[2]), Delivery.channel == "email"
    return session.execute(sa.select(Delivery.id, Delivery.status).where(*named)).one_or_none()


def audited_name(channel: str, address: str) -> str:
    """Return what the audit log calls a suppressed address."""
    return f"{channel} {address}"[:_LONGEST_NAME]


def was_lifted_since(session: Session, channel: str, address: str, at: dt.datetime) -> bool:
    """Return whether an administrator decided after `at` that this address may be written to."""
    lifted = sa.select(AuditEntry.id).where(
        AuditEntry.object_type == SUPPRESSION,
        AuditEntry.object_id == audited_name(channel, address),
        AuditEntry.action == LIFT,
        AuditEntry.at >= at,
    )
    return session.scalar(lifted.limit(1)) is not None
