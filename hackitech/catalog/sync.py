"""Bring the database's copy of the catalogue up to date with the files."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from hackitech.catalog.definitions import ADMIN, FILE, TypeDefinition, Wording
from hackitech.catalog.loader import OFF
from hackitech.catalog.lookup import AnySession, forget_types
from hackitech.catalog.rendering import ACTOR
from hackitech.catalog.storing import (
    channel_rows,
    default_columns,
    new_version,
    param_columns,
    update,
    write_channel,
)
from hackitech.catalog.wording import check_template
from hackitech.core.clock import now
from hackitech.models.notification_type import NotificationType
from hackitech.models.template_version import TemplateVersion

Definitions = Mapping[str, TypeDefinition]


@dataclass(slots=True)
class SyncReport:
    """The keys of the types, by what became of them."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Those whose defaults are an administrator's, made or changed in the browser."""

    def __str__(self) -> str:
        return ", ".join(f"{len(keys)} {outcome}" for outcome, keys in asdict(self).items())


def sync_types(session: AnySession, definitions: Definitions, channel_keys: Collection[str]) -> SyncReport:
    """Write the types as their files describe them; a second time changes nothing. The caller commits.

    A type without a file is retired and never deleted: history refers to it. What an administrator decided
    in the browser stays: defaults, being retired, whole types. Wording from a file becomes a version where it
    changed; it waits unpublished behind one that an administrator published, if that still fits the params.
    """
    report = SyncReport()
    types = {row.key: row for row in session.scalars(sa.select(NotificationType))}
    for key, definition in definitions.items():
        if row := types.get(key):
            changed = update(row, _columns(definition) if row.source == FILE else _contract(definition))
            (report.changed if changed else _at_rest(report, row)).append(key)
        else:
            types[key] = NotificationType(key=key, **_columns(definition))
            session.add(types[key])
            report.added.append(key)
    for key in types.keys() - definitions.keys():
        _without_file(report, types[key])
    session.flush()
    touched = _sync_channels(session, types.values(), definitions, channel_keys)
    touched |= _sync_wording(session, definitions)
    for key in sorted(touched):
        for outcome in (report.unchanged, report.kept):
            if key in outcome:
                outcome.remove(key)
                report.changed.append(key)
    session.flush()
    forget_types()
    return report


def _at_rest(report: SyncReport, row: NotificationType) -> list[str]:
    return report.unchanged if row.source == FILE else report.kept


def _without_file(report: SyncReport, row: NotificationType) -> None:
    if row.source == ADMIN:
        report.kept.append(row.key)
    elif row.retired_at is None:
        row.retired_at = now()
        report.retired.append(row.key)


def _columns(definition: TypeDefinition) -> dict[str, Any]:
    return {
        **default_columns(definition.defaults),
        **_contract(definition),
        "source": FILE,
        "retired_at": None,
    }


def _contract(definition: TypeDefinition) -> dict[str, Any]:
    """Return what only a file decides, because the code that sends the type relies on it."""
    return {
        "params": param_columns(definition.params.values()),
        "digest_key": definition.digest_key,
        "internal": definition.internal,
        "sign_action": definition.sign_action,
    }


def _sync_channels(
    session: AnySession, types: Iterable[NotificationType], definitions: Definitions, keys: Collection[str]
) -> set[str]:
    """Give every type its row for every channel; what a channel that is gone had goes as well."""
    rows = channel_rows(session)
    touched = set()
    for row in types:
        for channel in keys:
            stored = rows.pop((row.key, channel), None)
            if stored is None or (row.source == FILE and row.key in definitions):
                default = definitions[row.key].channels[channel] if row.key in definitions else OFF
                if write_channel(session, stored, row.key, channel, default):
                    touched.add(row.key)
    for left in rows.values():
        session.delete(left)
        touched.add(left.notification_type)
    return touched


def _sync_wording(session: AnySession, definitions: Definitions) -> set[str]:
    versions: dict[tuple[str, str], list[TemplateVersion]] = {}
    for version in session.scalars(sa.select(TemplateVersion).order_by(TemplateVersion.version)):
        versions.setdefault((version.notification_type, version.locale), []).append(version)
    touched = set()
    for key, definition in definitions.items():
        for locale, wording in definition.wording.items():
            earlier = versions.get((key, locale), [])
            stays = _stays_in_force(earlier, definition)
            if _last_from_file(earlier) != wording.as_json() or stays is False:
                number = max((v.version for v in earlier), default=0) + 1
                version = new_version(key, locale, number, wording, FILE)
                version.published_at = None if stays else now()
                session.add(version)
                touched.add(key)
    return touched


def _last_from_file(versions: Iterable[TemplateVersion]) -> dict[str, Any] | None:
    return next((v.wording for v in reversed(list(versions)) if v.source == FILE), None)


def _stays_in_force(versions: Iterable[TemplateVersion], definition: TypeDefinition) -> bool | None:
    """Return whether an administrator's wording still fits the params; None where none is in force."""
    published = [(v.published_at, v.version, v) for v in versions if v.published_at]
    in_force = max(published, key=lambda one: one[:2])[2] if published else None
    if in_force is None or in_force.source != ADMIN:
        return None
    allowed = (*definition.params, ACTOR)
    texts = Wording.from_json(in_force.wording).texts()
    return not any(check_template(source, allowed) for _name, source in texts)
