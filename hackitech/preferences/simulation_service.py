"""Tell a member what the last days would have been under other settings."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from hackitech.catalog.lookup import all_types
from hackitech.channels.registry import channel_keys
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.delivery.timing import Window
from hackitech.models.notification_settings import QuietHours
from hackitech.preferences import queries
from hackitech.preferences.decision import Choice, check_choices, pair_of
from hackitech.preferences.ledger_queries import ledger
from hackitech.preferences.service import Wanted, choices_that_differ
from hackitech.preferences.settings_decision import SettingsChanges, check_settings
from hackitech.preferences.settings_queries import get_settings
from hackitech.preferences.settings_service import settings_that_differ
from hackitech.preferences.simulation import Wish, Wishes, count_sent, count_wished

DAYS = 30
RUN_UP = dt.timedelta(days=8)
"""What came before may have left in a weekly summary, after quiet hours."""
MOST_ROWS = 10_000
"""Of the ledger: some tenths of a second."""


class Trial(TypedDict, total=False):
    """Settings to try; what is left out is as it is now. A pause is yet to come, and changes nothing."""

    preferences: Sequence[Choice]
    quiet_hours: list[QuietHours]
    paused_until: dt.datetime | None
    daily_email_limit: int | None


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was sent in a stretch of time and what would have been, by channel."""

    span: Window
    sent: Mapping[str, int]
    would_be: Mapping[str, int]
    cut: bool
    """Whether there was too much to look at all of it: the stretch is shorter then."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a form would have made of the last days, and whether it says anything that is not stored yet."""

    simulated: Simulated
    unsaved: bool


def simulate(user_id: int, trial: Trial) -> Simulated:
    """Return what the last 30 days were for a member, and what they would have been.

    Raises:
        Invalid: by field, as storing these settings would.
    """
    check_choices(trial.get("preferences", ()))
    check_settings(SettingsChanges(quiet_hours=trial.get("quiet_hours", [])))
    now = clock.now()
    rows = ledger(user_id, now - dt.timedelta(days=DAYS) - RUN_UP, MOST_ROWS + 1)
    cut, rows = len(rows) > MOST_ROWS, rows[:MOST_ROWS]
    start = now - dt.timedelta(days=DAYS)
    span = Window(max(start, rows[-1].created_at) if cut else start, now)
    return Simulated(
        span=span,
        sent=_by_channel(count_sent(rows, span)),
        would_be=_by_channel(count_wished(rows, _wishes(user_id, trial), span)),
        cut=cut,
    )


def preview(user_id: int, wanted: Wanted, changes: SettingsChanges) -> Preview:
    """Return what a form that is not saved yet would have made of the last 30 days.

    Raises:
        Invalid: by field, as saving it would.
    """
    choices = choices_that_differ(user_id, wanted)
    unsaved = bool(choices or settings_that_differ(user_id, changes))
    return Preview(simulate(user_id, Trial(preferences=choices, **changes)), unsaved)


def _wishes(user_id: int, trial: Trial) -> Wishes:
    settings = get_settings(user_id)
    chosen = {pair_of(choice): choice for choice in trial.get("preferences", ())}
    types = {loaded.key: loaded for loaded in all_types(db.session())}
    pairs: dict[tuple[str, str], Wish] = {}
    turned_off = set()
    for cell in queries.matrix(user_id):
        pair = cell.notification_type, cell.channel
        choice = chosen.get(pair, Choice(notification_type=pair[0], channel=pair[1], enabled=cell.enabled))
        pairs[pair] = Wish(
            enabled=choice["enabled"],
            frequency=choice.get("frequency", cell.frequency),
            mandatory=cell.locked,
            escalate_after=types[cell.notification_type].channels[cell.channel].escalate_after,
        )
        if not choice["enabled"] and (pair in chosen or cell.source == "user"):
            turned_off.add(pair)
    return Wishes(
        pairs=pairs,
        timezone=settings.timezone,
        quiet_hours=trial.get("quiet_hours", settings.quiet_hours),
        daily_email_limit=trial.get("daily_email_limit", settings.daily_email_limit),
        without_summaries=frozenset(channel for key, channel in turned_off if types[key].internal),
    )


def _by_channel(counts: Mapping[str, Any]) -> dict[str, int]:
    return {key: counts.get(key, 0) for key in channel_keys()}
