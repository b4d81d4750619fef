"""When members want to be reached, as they set it."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from hackitech.core import clock
from hackitech.core.database import db
from hackitech.models.notification_settings import NotificationSettings, QuietHours
from hackitech.models.user import User


@dataclass(frozen=True, slots=True)
class Settings:
    """What a member set about time."""

    quiet_hours: list[QuietHours]
    paused_until: dt.datetime | None
    """None once it is over."""
    daily_email_limit: int | None
    timezone: str
    """Where their clock is; part of the profile."""


def get_settings(user_id: int) -> Settings:
    """Return what a member set, or no limits at all where they never set any."""
    columns = (
        NotificationSettings.quiet_hours,
        NotificationSettings.paused_until,
        NotificationSettings.daily_email_limit,
        User.timezone,
    )
    own = NotificationSettings.user_id == User.id
    row = db.session.execute(
        sa.select(*columns).outerjoin_from(User, NotificationSettings, own).where(User.id == user_id)
    ).one()
    paused = row.paused_until is not None and row.paused_until > clock.now()
    return Settings(
        quiet_hours=row.quiet_hours or [],
        paused_until=row.paused_until if paused else None,
        daily_email_limit=row.daily_email_limit,
        timezone=row.timezone,
    )
