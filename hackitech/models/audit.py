"""Write to the audit log, in the transaction of what it tells."""

from collections.abc import Mapping
from typing import Any

from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.models.audit_entry import AuditEntry

Values = Mapping[str, Any] | None


def record_audit(
    actor_id: int | None, action: str, object_type: str, object_id: object, before: Values, after: Values
) -> None:
    """Add an entry; `actor_id` is None for the command line, the values are JSON without secrets."""
    db.session.add(
        AuditEntry(
            actor_id=actor_id,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            at=now(),
        )
    )
