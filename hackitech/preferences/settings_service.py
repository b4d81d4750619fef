"""Change when a member wants to be reached; what the changed rule holds is judged anew at once."""

from collections.abc import Callable

from sqlalchemy.dialects.postgresql import insert  # compiles on SQLite too

from hackitech.core.database import table
from hackitech.core.transaction import atomic
from hackitech.delivery.holding import release_held
from hackitech.models.notification_settings import NotificationSettings
from hackitech.models.rules import Rule
from hackitech.preferences import service
from hackitech.preferences.settings_decision import SettingsChanges, check_settings
from hackitech.preferences.settings_queries import Settings, get_settings

RULES = {
    "quiet_hours": Rule.QUIET_HOURS,
    "paused_until": Rule.PAUSED,
    "daily_email_limit": Rule.DAILY_LIMIT,
}
"""What holds by each setting."""

Expectation = Callable[[Settings], None]
"""Raises where the settings are no longer what the caller has read."""


def update_settings(
    user_id: int, changes: SettingsChanges, expect: Expectation = lambda settings: None
) -> Settings:
    """Change the settings that are named, and return them all as they are then.

    Raises:
        Invalid: by field; and whatever `expect` raises about the settings as they are.
    """
    check_settings(changes)
    with atomic() as session:
        # Deliveries first, then the settings, as a relay locks them: in the other order both could wait.
        if changes:
            release_held(session, user_id, [RULES[name] for name in changes])
        none = insert(table(NotificationSettings)).values(user_id=user_id, quiet_hours=[])
        session.execute(none.on_conflict_do_nothing())
        stored = session.get_one(NotificationSettings, user_id, with_for_update=True, populate_existing=True)
        expect(get_settings(user_id))
        for name, value in changes.items():
            setattr(stored, name, value)
        session.flush()
        return get_settings(user_id)


def save_form(user_id: int, wanted: service.Wanted, changes: SettingsChanges) -> None:
    """Store what a form says differently from how things are, of choices and of settings: all of it or none.

    Raises:
        Invalid: by field.
    """
    check_settings(changes)
    with atomic():
        service.save_matrix(user_id, wanted)
        differing = settings_that_differ(user_id, changes)
        if differing:
            update_settings(user_id, differing)


def settings_that_differ(user_id: int, changes: SettingsChanges) -> SettingsChanges:
    """Return the changes that would change something."""
    stored, differing = get_settings(user_id), SettingsChanges()
    for name, value in changes.items():
        if getattr(stored, name) != value:
            differing[name] = value  # type: ignore[literal-required]
    return differing
