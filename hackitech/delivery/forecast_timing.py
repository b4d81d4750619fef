"""What the rules about time would say of members who are only counted."""

import datetime as dt
import json
from typing import Any

from hackitech.core.local_time import local_day
from hackitech.delivery.holding import COUNTED
from hackitech.delivery.timing import Situation, holding
from hackitech.models.rules import SENDING_RULES

SEND, HOLD, SUPPRESS = "send", "hold", "suppress"


def foresee(row: Any, channel: str, priority: str, at: dt.datetime) -> tuple[str, str]:
    """Return verdict and rule of those whom a row of `decision.wishes` and their `rule` counts."""
    if row.rule not in SENDING_RULES:
        return SUPPRESS, row.rule
    if row.timezone is None:
        return SEND, row.rule
    hold = holding(_situation(row, channel, priority, at), at)
    return (HOLD, hold.rule) if hold else (SEND, row.rule)


def _situation(row: Any, channel: str, priority: str, at: dt.datetime) -> Situation:
    limit = row.daily_email_limit if channel == COUNTED else None
    sent = row.emails_sent if limit is not None and row.emails_on == local_day(at, row.timezone) else 0
    return Situation(
        rule=row.rule,
        priority=priority,
        created_at=at,
        frequency=row.frequency,
        timezone=row.timezone,
        quiet_hours=json.loads(row.quiet_hours or "[]"),
        paused_until=row.paused_until,
        over_limit=limit is not None and sent >= limit,
    )
