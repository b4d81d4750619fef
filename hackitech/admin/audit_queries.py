"""Selects about the audit log."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hackitech.core.pagination import Keyset
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.user import User

NEWEST_FIRST = Keyset((AuditEntry.id,))
COLUMNS = (
    AuditEntry.id,
    AuditEntry.actor_id,
    AuditEntry.action,
    AuditEntry.object_type,
    AuditEntry.object_id,
    AuditEntry.before,
    AuditEntry.after,
    AuditEntry.at,
)


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """Which entries; what is None or empty does not narrow. Times are aware."""

    actor_id: int | None = None
    actions: tuple[str, ...] = ()
    object_type: str = ""
    object_id: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def entries(filters: AuditFilters) -> sa.Select[*tuple[Any, ...]]:
    """Select entries with the names of those who acted; they may be gone."""
    query = sa.select(*COLUMNS, User.name.label("actor")).outerjoin(User, User.id == AuditEntry.actor_id)
    for name in ("actor_id", "object_type", "object_id"):
        if value := getattr(filters, name):
            query = query.where(getattr(AuditEntry, name) == value)
    if filters.actions:
        query = query.where(AuditEntry.action.in_(filters.actions))
    if filters.since:
        query = query.where(AuditEntry.at >= filters.since)
    if filters.until:
        query = query.where(AuditEntry.at < filters.until)
    return query
