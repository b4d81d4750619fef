"""Change what reaches a member. A pair that its type makes mandatory can be chosen, never turned or put off.

What waits for a summary is judged anew, as what its member wishes has changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hackitech.core.database import db, rows_changed, table
from hackitech.core.errors import Conflict
from hackitech.core.transaction import atomic
from hackitech.delivery.holding import release_held
from hackitech.models.audit import record_audit
from hackitech.models.preference import DIRECT, Preference
from hackitech.models.rules import Rule
from hackitech.preferences import queries
from hackitech.preferences.decision import (
    Changes,
    Choice,
    check_change,
    check_choice,
    check_choices,
    check_toggle,
    pair_of,
)

Expectation = Callable[[Preference], None]
"""Raises where the choice is no longer what the caller has read."""
Wanted = Mapping[tuple[str, str], Changes]
"""By type and channel, what a member wants of it."""


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
    check_choice(choice)
    with atomic() as session:
        statement = insert(table(Preference)).values(_row(user_id, choice)).on_conflict_do_nothing()
        created = session.execute(statement.returning(*queries.STORED)).one_or_none()
        if created is None:
            raise Conflict("There is a choice for this type and channel already; change that one.")
        _judge_anew(user_id, [pair_of(choice)])
    return created


def set_preference(user_id: int, choice: Choice) -> queries.Cell:
    """Make one choice, whether or not there was one, and return what it comes to.

    Raises:
        Invalid: as in `create_preference`.
    """
    check_choice(choice)
    with atomic():
        _write(user_id, [choice])
        return queries.get_cell(user_id, choice["notification_type"], choice["channel"])


def update_preference(
    preference_id: int, owner_id: int | None, editor_id: int, changes: Changes, expect: Expectation
) -> Preference:
    """Change a stored choice of this member (None: of anybody), and return it; somebody else's is audited.

    Raises:
        NotFound, Invalid: as above; and whatever `expect` raises about the choice as it is.
    """
    with atomic():
        preference = queries.get_preference(preference_id, owner_id, to_change=True)
        expect(preference)
        check_change(preference.notification_type, preference.channel, changes)
        _audit(editor_id, "preference.change", preference, changes)
        for name, value in changes.items():
            setattr(preference, name, value)
        _judge_anew(preference.user_id, [(preference.notification_type, preference.channel)])
    return preference


def delete_preference(preference_id: int, owner_id: int | None, editor_id: int, expect: Expectation) -> None:
    """Go back to the default; somebody else's is audited.

    Raises:
        NotFound: as above; and whatever `expect` raises about the choice as it is.
    """
    with atomic() as session:
        preference = queries.get_preference(preference_id, owner_id, to_change=True)
        expect(preference)
        _audit(editor_id, "preference.delete", preference, None)
        session.delete(preference)
        _judge_anew(preference.user_id, [(preference.notification_type, preference.channel)])


def update_preferences(user_id: int, choices: Sequence[Choice]) -> list[Any]:
    """Make all these choices or none, and return them as stored, in the same order.

    Raises:
        Invalid: by `preferences.<index>.<field>`.
    """
    check_choices(choices)
    with atomic():
        written = {(row.notification_type, row.channel): row for row in _write(user_id, choices)}
    return [written[pair_of(choice)] for choice in choices]


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


def save_matrix(user_id: int, wanted: Wanted) -> int:
    """Store what differs from how things are, and return how many choices that was.

    Raises:
        Invalid: by `preferences.<index>.<field>`.
    """
    with atomic():
        changed = choices_that_differ(user_id, wanted)
        check_choices(changed)
        _write(user_id, changed)
    return len(changed)


def choices_that_differ(user_id: int, wanted: Wanted) -> list[Choice]:
    """Return the choices that make things as they are wanted.

    Pairs that are mandatory or not in `wanted` stay as they are, so that a form that was opened before a
    type was added does not turn it off.
    """
    choices = []
    for cell in queries.matrix(user_id):
        asked: Changes = wanted.get((cell.notification_type, cell.channel), {})
        choice = Choice(
            notification_type=cell.notification_type,
            channel=cell.channel,
            enabled=asked.get("enabled", cell.enabled),
            frequency=asked.get("frequency", cell.frequency),
        )
        if not cell.locked and (choice["enabled"], choice["frequency"]) != (cell.enabled, cell.frequency):
            choices.append(choice)
    return choices


def toggle_all(
    user_id: int, enabled: bool, notification_type: str | None = None, channel: str | None = None
) -> Toggled:
    """Turn a whole type, a whole channel or one pair on or off; mandatory pairs are skipped.

    Raises:
        Invalid: neither is given, or one is unknown.
    """
    check_toggle(notification_type, channel)
    optional = queries.pairs(notification_type, channel, mandatory=False)
    source = (
        optional.order_by(None)
        .order_by(*optional.selected_columns[:2])
        .with_only_columns(
            sa.literal(user_id),
            *optional.selected_columns[:2],
            sa.literal(enabled),
            sa.literal(DIRECT),
        )
    )
    statement = insert(table(Preference)).from_select(
        ["user_id", "notification_type", "channel", "enabled", "frequency"], source
    )
    with atomic() as session:
        updated = rows_changed(session, _upsert(statement, ["enabled"]))
        release_held(session, user_id, [Rule.FREQUENCY], notification_type, channel)
        skipped = session.execute(queries.pairs(notification_type, channel, mandatory=True)).all()
    return Toggled(updated, skipped)


def _write(user_id: int, choices: Sequence[Choice]) -> list[Any]:
    """Store choices; one that says nothing of its frequency keeps what it had.

    In one order, always: two writers who want the same rows wait for each other and never in a circle.
    """
    written: list[Any] = []
    for given, columns in ((True, ["enabled", "frequency"]), (False, ["enabled"])):
        rows = [_row(user_id, c) for c in sorted(choices, key=pair_of) if ("frequency" in c) is given]
        if rows:
            statement = _upsert(insert(table(Preference)).values(rows), columns)
            written += db.session.execute(statement.returning(*queries.STORED)).all()
    _judge_anew(user_id, [pair_of(choice) for choice in choices])
    return written


def _judge_anew(user_id: int, pairs: Sequence[tuple[str, str]]) -> None:
    """Have what waits for a summary judged by new choices: of that pair, or of all where they are many."""
    if pairs:
        of_one = pairs[0] if len(pairs) == 1 else (None, None)
        release_held(db.session(), user_id, [Rule.FREQUENCY], *of_one)


def _upsert(statement: Any, columns: Sequence[str]) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["user_id", "notification_type", "channel"],
        set_={name: statement.excluded[name] for name in columns},
    )


def _row(user_id: int, choice: Choice) -> dict[str, Any]:
    return {"user_id": user_id, "frequency": DIRECT, **choice}


def _audit(editor_id: int, action: str, preference: Preference, changes: Changes | None) -> None:
    """Tell the log what an administrator does to another member's choice."""
    if editor_id == preference.user_id:
        return
    before = {
        name: getattr(preference, name)
        for name in ("user_id", "notification_type", "channel", "enabled", "frequency")
    }
    after = None if changes is None else {**before, **changes}
    record_audit(editor_id, action, "preference", preference.id, before, after)
