"""Change types, make new ones, and keep them in step with their files."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hackitech.catalog.authoring import (
    Complaint,
    UnfitWording,
    defaults_complaints,
    param_complaints,
    refuse,
    wording_problems,
)
from hackitech.catalog.definitions import (
    ADMIN,
    FILE,
    ChannelDefault,
    Defaults,
    LoadedType,
    ParamDefinition,
    TypeDefinition,
    Wording,
    fingerprint,
)
from hackitech.catalog.loader import has_file, load_types
from hackitech.catalog.lookup import forget_types
from hackitech.catalog.names import is_key
from hackitech.catalog.remarks import Problem
from hackitech.catalog.storing import (
    channel_rows,
    default_columns,
    new_version,
    param_columns,
    update,
    write_channel,
)
from hackitech.catalog.sync import SyncReport, sync_types
from hackitech.channels.registry import channel_keys
from hackitech.core.clock import now
from hackitech.core.errors import Conflict, NotFound
from hackitech.core.i18n import N_
from hackitech.core.transaction import after_commit, atomic
from hackitech.models.audit import record_audit
from hackitech.models.notification_type import NotificationType
from hackitech.types import queries

CHANGED_MEANWHILE = "Somebody else changed it meanwhile."


@dataclasses.dataclass(frozen=True, slots=True)
class NewType:
    """A type as an administrator describes it, in the place of a file."""

    key: str
    defaults: Defaults
    params: Sequence[ParamDefinition]
    wording: Mapping[str, Wording]

    @property
    def definition(self) -> TypeDefinition:
        """The same, as a file would have said it."""
        defaults = {field.name: getattr(self.defaults, field.name) for field in dataclasses.fields(Defaults)}
        params = {param.name: param for param in self.params}
        return TypeDefinition(key=self.key, params=params, wording=self.wording, **defaults)


def sync_catalogue() -> SyncReport:
    """Bring the database's types up to date with their files.

    Raises:
        CatalogError: a file is broken; nothing was changed.
    """
    definitions = load_types(channel_keys())
    with atomic() as session:
        after_commit(forget_types)
        return sync_types(session, definitions, channel_keys())


def change_defaults(key: str, defaults: Defaults, seen: str, author_id: int) -> None:
    """Give a type other defaults than its file says; from then on the file leaves them alone.

    `seen` is the fingerprint of those that the author was shown.

    Raises:
        NotFound: no such type.
        Conflict: somebody changed them meanwhile.
        Invalid: by field, as in `Defaults`.
    """
    with atomic() as session:
        row = queries.lock_type(key)
        before = queries.get_type(key)
        wanted = dataclasses.replace(defaults, channels=_channels(before, defaults))
        refuse(defaults_complaints(wanted, channel_keys()))
        if wanted == before.defaults:
            return
        if before.defaults.fingerprint != seen:
            raise Conflict(CHANGED_MEANWHILE)
        update(row, {**default_columns(wanted), "source": ADMIN})
        _write_channels(session, key, wanted)
        record_audit(author_id, "type.change", "type", key, before.defaults.as_json(), wanted.as_json())
        after_commit(forget_types)


def _channels(before: LoadedType, wanted: Defaults) -> Mapping[str, ChannelDefault]:
    """The centre's own types reach members as it needs: their channels are nobody's to change."""
    return before.defaults.channels if before.internal else wanted.channels


def _write_channels(session: Any, key: str, defaults: Defaults) -> None:
    rows = channel_rows(session)
    for channel in channel_keys():
        write_channel(session, rows.get((key, channel)), key, channel, defaults.channels[channel])


def restore_file(key: str, author_id: int) -> None:
    """Give a type back the defaults that its file says, for this time and for those to come.

    Raises:
        NotFound: no such type, or it has no file.
        CatalogError: a file is broken; nothing was changed.
    """
    definition = load_types(channel_keys()).get(key)
    if definition is None:
        raise NotFound("This type has no file.")
    with atomic() as session:
        row = queries.lock_type(key)
        if row.source == FILE:
            return
        before = queries.get_type(key)
        update(row, {**default_columns(definition.defaults), "source": FILE, "retired_at": None})
        _write_channels(session, key, definition.defaults)
        after = definition.defaults.as_json()
        record_audit(author_id, "type.restore", "type", key, before.defaults.as_json(), after)
        after_commit(forget_types)


def create_type(new: NewType, author_id: int) -> None:
    """Make a type that no file describes, with its wording published.

    Raises:
        Conflict: there is a type of this key already.
        Invalid: by field, as in `NewType`; what is wrong with wording is under `wording.fr.title`.
    """
    _check(new)
    with atomic() as session:
        if session.get(NotificationType, new.key) is not None:
            raise Conflict("There is a type of this key already.")
        params = param_columns(new.params)
        columns = {**default_columns(new.defaults), "params": params, "source": ADMIN}
        session.add(NotificationType(key=new.key, **columns))
        session.flush()
        _write_channels(session, new.key, new.defaults)
        for locale, wording in new.wording.items():
            version = new_version(new.key, locale, 1, wording, ADMIN)
            version.author_id, version.published_at = author_id, now()
            session.add(version)
        words = {locale: wording.as_json() for locale, wording in new.wording.items()}
        after = {**new.defaults.as_json(), "params": params, "wording": words}
        record_audit(author_id, "type.create", "type", new.key, None, after)
        after_commit(forget_types)


def change_params(key: str, params: Sequence[ParamDefinition], seen: str, author_id: int) -> None:
    """Give a type that no file describes other params; its published wording must be right with them.

    `seen` is the fingerprint of those that the author was shown, as the database holds them.

    Raises:
        NotFound: no such type, or a file describes it.
        Conflict: somebody changed them meanwhile.
        Invalid: by field, as in `NewType`; what is wrong with wording is under `wording.fr.title`.
    """
    if has_file(key):
        raise NotFound("A file says what params this type has.")
    with atomic():
        row = queries.lock_type(key)
        refuse(param_complaints(params))
        wanted = param_columns(params)
        if wanted == row.params:
            return
        if fingerprint(row.params) != seen:
            raise Conflict(CHANGED_MEANWHILE)
        loaded = queries.get_type(key)
        _check_wording(dataclasses.replace(loaded, params={param.name: param for param in params}))
        record_audit(author_id, "type.change", "type", key, {"params": row.params}, {"params": wanted})
        update(row, {"params": wanted, "source": ADMIN})
        after_commit(forget_types)


def retire_type(key: str, author_id: int) -> None:
    """Let nobody send a type any more; what was sent stays. Twice is the same as once.

    Raises:
        NotFound: no such type.
        Conflict: members must receive it, or the notification centre sends it itself.
    """
    with atomic():
        row = queries.lock_type(key)
        if row.retired_at is not None:
            return
        loaded = queries.get_type(key)
        if loaded.internal or any(default.mandatory for default in loaded.channels.values()):
            raise Conflict("What is mandatory, or sent by the notification centre itself, cannot be retired.")
        _set_retired(row, author_id, retired=True)


def bring_back(key: str, author_id: int) -> None:
    """Let a retired type be sent again. Twice is the same as once.

    Raises:
        NotFound: no such type.
    """
    with atomic():
        row = queries.lock_type(key)
        if row.retired_at is not None:
            _set_retired(row, author_id, retired=False)


def _set_retired(row: NotificationType, author_id: int, *, retired: bool) -> None:
    update(row, {"retired_at": now() if retired else None, "source": ADMIN})
    action = "type.retire" if retired else "type.bring_back"
    record_audit(author_id, action, "type", row.key, {"retired": not retired}, {"retired": retired})
    after_commit(forget_types)


def _check(new: NewType) -> None:
    def complaints() -> Iterator[Complaint]:
        if not is_key(new.key):
            yield "key", N_("Write a key in small letters, digits and _, such as room_change.")
        yield from defaults_complaints(new.defaults, channel_keys())
        yield from param_complaints(new.params)

    refuse(complaints())
    _check_wording(new.definition)


def _check_wording(definition: TypeDefinition) -> None:
    problems: dict[str, Sequence[Problem]] = {}
    for locale, wording in definition.wording.items():
        found = wording_problems(definition, wording, locale)
        problems |= {f"wording.{locale}.{name}": texts for name, texts in found.items()}
    if problems:
        raise UnfitWording(problems)
