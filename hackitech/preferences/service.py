"""Change what reaches a member. A pair that its type makes mandatory can be chosen, never turned off."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hackitech.catalog.definitions import ChannelDefault
from hackitech.catalog.lookup import find_type
from hackitech.channels.registry import channel_keys
from hackitech.core.database import db, rows_changed, table
from hackitech.core.errors import Conflict, Invalid
from hackitech.core.i18n import in_language
from hackitech.core.transaction import atomic
from hackitech.models.preference import Preference
from hackitech.preferences import queries
from hackitech.preferences.queries import DIRECT

Errors = dict[str, list[str]]
Expectation = Callable[[Preference], None]
"""Raises where the choice is no longer what the caller has read."""


class Choice(TypedDict):
    """What a member wants of one type on one channel."""

    notification_type: str
    channel: str
    enabled: bool
    frequency: NotRequired[str]


class Changes(TypedDict, total=False):
    """What can change about a stored choice."""

    enabled: bool
    frequency: str


@dataclass(frozen=True, slots=True)
class Toggled:
    """How many pairs were set, and the mandatory ones that were left alone."""

    updated: int
    skipped: Sequence[Any]


def create_preference(user_id: int, choice: Choice) -> Any:
    """Store a choice where there was none, and return it.

    Raises:
        Invalid: unknown type or channel, or a mandatory pair turned off.
        Conflict: the member has chosen already.
    """
    _refuse(_faults(choice))
    with atomic() as session:
        statement = insert(table(Preference)).values(_row(user_id, choice)).on_conflict_do_nothing()
        created = session.execute(statement.returning(*queries.STORED)).one_or_none()
        if created is None:
            raise Conflict("There is a choice for this type and channel already; change that one.")
    return created


def set_preference(user_id: int, choice: Choice) -> queries.Cell:
    """Make one choice, whether or not there was one, and return what it comes to.

    Raises:
        Invalid: as in `create_preference`.
    """
    _refuse(_faults(choice))
    with atomic():
        _write(user_id, [choice])
        return queries.get_cell(user_id, choice["notification_type"], choice["channel"])


def update_preference(
    preference_id: int, owner_id: int | None, changes: Changes, expect: Expectation
) -> Preference:
    """Change a stored choice of this member (None: of anybody), and return it.

    Raises:
        NotFound, Invalid: as above; and whatever `expect` raises about the choice as it is.
    """
    with atomic():
        preference = queries.get_preference(preference_id, owner_id)
        expect(preference)
        default = _default(preference.notification_type, preference.channel)
        if default is not None and not changes.get("enabled", True):
            _refuse(_locked(default))
        for name, value in changes.items():
            setattr(preference, name, value)
    return preference


def delete_preference(preference_id: int, owner_id: int | None, expect: Expectation) -> None:
    """Go back to the default.

    Raises:
        NotFound: as above; and whatever `expect` raises about the choice as it is.
    """
    with atomic() as session:
        preference = queries.get_preference(preference_id, owner_id)
        expect(preference)
        session.delete(preference)


def update_preferences(user_id: int, choices: Sequence[Choice]) -> list[Any]:
    """Make all these choices or none, and return them as stored, in the same order.

    Raises:
        Invalid: by `preferences.<index>.<field>`.
    """
    _refuse(_faults_by_index(choices))
    with atomic():
        written = {(row.notification_type, row.channel): row for row in _write(user_id, choices)}
    return [written[_pair(choice)] for choice in choices]


def answer_link(user_id: int, notification_type: str, channel: str, enabled: bool) -> queries.LinkSubject:
    """Stop or resume one type on one channel for whoever a link was sent to; return what it comes to.

    A mandatory type stays as it is. Twice is the same as once.

    Raises:
        NotFound: the member, the type or the channel is gone.
    """
    with atomic():
        subject = queries.link_subject(user_id, notification_type, channel)
        if not subject.mandatory:
            choice = Choice(notification_type=notification_type, channel=channel, enabled=enabled)
            _write(user_id, [choice])
        return queries.link_subject(user_id, notification_type, channel)


def save_matrix(user_id: int, wanted: Mapping[tuple[str, str], bool]) -> int:
    """Store what differs from how things are, and return how many choices that was.

    Pairs that are mandatory or not in `wanted` stay as they are, so that a form that was opened before a
    type was added does not turn it off.
    """
    with atomic():
        changed = [
            Choice(notification_type=cell.notification_type, channel=cell.channel, enabled=not cell.enabled)
            for cell in queries.matrix(user_id)
            if not cell.locked
            and wanted.get((cell.notification_type, cell.channel), cell.enabled) != cell.enabled
        ]
        _write(user_id, changed)
    return len(changed)


def toggle_all(
    user_id: int, enabled: bool, notification_type: str | None = None, channel: str | None = None
) -> Toggled:
    """Turn a whole type, a whole channel or one pair on or off; mandatory pairs are skipped.

    Raises:
        Invalid: neither is given, or one is unknown.
    """
    _refuse(_toggle_faults(notification_type, channel))
    optional = queries.pairs(notification_type, channel, mandatory=False).order_by(None)
    source = optional.with_only_columns(
        sa.literal(user_id),
        *optional.selected_columns[:2],
        sa.literal(enabled),
        sa.literal(DIRECT),
    )
    statement = insert(table(Preference)).from_select(
        ["user_id", "notification_type", "channel", "enabled", "frequency"], source
    )
    with atomic() as session:
        updated = rows_changed(session, _upsert(statement, ["enabled"]))
        skipped = session.execute(queries.pairs(notification_type, channel, mandatory=True)).all()
    return Toggled(updated, skipped)


def _write(user_id: int, choices: Iterable[Choice]) -> list[Any]:
    """Store choices; one that says nothing of its frequency keeps what it had."""
    written: list[Any] = []
    for columns in (["enabled", "frequency"], ["enabled"]):
        rows = [_row(user_id, choice) for choice in choices if ("frequency" in choice) == (len(columns) == 2)]
        if rows:
            statement = _upsert(insert(table(Preference)).values(rows), columns).returning(*queries.STORED)
            written += db.session.execute(statement).all()
    return written


def _upsert(statement: Any, columns: Sequence[str]) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["user_id", "notification_type", "channel"],
        set_={name: statement.excluded[name] for name in columns},
    )


def _row(user_id: int, choice: Choice) -> dict[str, Any]:
    return {"user_id": user_id, "frequency": DIRECT, **choice}


def _pair(choice: Choice) -> tuple[str, str]:
    return choice["notification_type"], choice["channel"]


def _refuse(errors: Errors) -> None:
    if errors:
        raise Invalid(errors)


def _faults_by_index(choices: Sequence[Choice]) -> Errors:
    errors: Errors = {}
    seen: set[tuple[str, str]] = set()
    for index, choice in enumerate(choices):
        faults = _faults(choice)
        if _pair(choice) in seen:
            faults = {"notification_type": ["This type and channel are in the list twice."]}
        seen.add(_pair(choice))
        errors |= {f"preferences.{index}.{field}": texts for field, texts in faults.items()}
    return errors


def _faults(choice: Choice) -> Errors:
    loaded = find_type(db.session(), choice["notification_type"])
    if loaded is None or loaded.retired:
        return {"notification_type": [f"Unknown type {choice['notification_type']!r:.80}."]}
    default = loaded.channels.get(choice["channel"])
    if default is None:
        return {"channel": [f"Unknown channel {choice['channel']!r:.80}."]}
    return {} if choice["enabled"] else _locked(default)


def _locked(default: ChannelDefault) -> Errors:
    if not default.mandatory:
        return {}
    return {"enabled": [in_language(default.reason) if default.reason else "It is mandatory."]}


def _default(notification_type: str, channel: str) -> ChannelDefault | None:
    loaded = find_type(db.session(), notification_type)
    return loaded.channels.get(channel) if loaded else None


def _toggle_faults(notification_type: str | None, channel: str | None) -> Errors:
    if notification_type is None and channel is None:
        return {"body": ["Say which notification_type, which channel, or both."]}
    errors: Errors = {}
    loaded = find_type(db.session(), notification_type) if notification_type is not None else None
    if notification_type is not None and (loaded is None or loaded.retired):
        errors["notification_type"] = [f"Unknown type {notification_type!r:.80}."]
    if channel is not None and channel not in channel_keys():
        errors["channel"] = [f"Unknown channel {channel!r:.80}."]
    return errors
