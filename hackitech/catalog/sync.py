"""Bring the database's copy of the catalogue up to date with the files."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from hackitech.catalog.categories import category_position
from hackitech.catalog.definitions import ParamDefinition, TypeDefinition
from hackitech.catalog.lookup import AnySession, forget_types
from hackitech.core.clock import now
from hackitech.models.notification_type import NotificationType
from hackitech.models.template_version import TemplateVersion
from hackitech.models.type_channel import TypeChannel


@dataclass(slots=True)
class SyncReport:
    """The keys of the types, by what became of them."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return ", ".join(f"{len(keys)} {outcome}" for outcome, keys in asdict(self).items())


def sync_types(
    session: AnySession, definitions: Mapping[str, TypeDefinition], channel_keys: Collection[str]
) -> SyncReport:
    """Write the types as their files describe them; a second time changes nothing. The caller commits.

    A type without a file is retired and never deleted: history refers to it. Wording from a file becomes
    a version where it changed; it waits unpublished behind one that an administrator published.
    """
    report = SyncReport()
    types = {row.key: row for row in session.scalars(sa.select(NotificationType))}
    for key, definition in definitions.items():
        if row := types.get(key):
            (report.changed if _update(row, _columns(definition)) else report.unchanged).append(key)
        else:
            session.add(NotificationType(key=key, **_columns(definition)))
            report.added.append(key)
    for key in types.keys() - definitions.keys():
        if types[key].retired_at is None:
            types[key].retired_at = now()
            report.retired.append(key)
    session.flush()
    touched = _sync_channels(session, definitions, channel_keys) | _sync_wording(session, definitions)
    for key in sorted(touched & set(report.unchanged)):
        report.unchanged.remove(key)
        report.changed.append(key)
    session.flush()
    forget_types()
    return report


def _columns(definition: TypeDefinition) -> dict[str, Any]:
    return {
        "category": definition.category,
        "label": dict(definition.label),
        "description": dict(definition.description),
        "params": {name: _param_json(param) for name, param in definition.params.items()},
        "priority": definition.priority,
        "retention_days": definition.retention_days,
        "digest_key": definition.digest_key,
        "internal": definition.internal,
        "sign_action": definition.sign_action,
        "position": category_position(definition.category),
        "retired_at": None,
    }


def _param_json(param: ParamDefinition) -> dict[str, Any]:
    stored = asdict(param)
    del stored["name"]
    return stored


def _update(row: Any, values: Mapping[str, Any]) -> bool:
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    return bool(changes)


def _sync_channels(
    session: AnySession, definitions: Mapping[str, TypeDefinition], channel_keys: Collection[str]
) -> set[str]:
    rows = {(row.notification_type, row.channel): row for row in session.scalars(sa.select(TypeChannel))}
    touched = set()
    for key, definition in definitions.items():
        for channel in channel_keys:
            default = definition.channels[channel]
            values = {
                "enabled": default.enabled,
                "mandatory": default.mandatory,
                "reason": dict(default.reason) if default.reason else None,
                "escalate_after": default.escalate_after,
            }
            row = rows.pop((key, channel), None)
            if row is None:
                session.add(TypeChannel(notification_type=key, channel=channel, **values))
                touched.add(key)
            elif _update(row, values):
                touched.add(key)
    for row in rows.values():
        if row.channel not in channel_keys:
            session.delete(row)
            touched.add(row.notification_type)
    return touched


def _sync_wording(session: AnySession, definitions: Mapping[str, TypeDefinition]) -> set[str]:
    versions: dict[tuple[str, str], list[TemplateVersion]] = {}
    for version in session.scalars(sa.select(TemplateVersion).order_by(TemplateVersion.version)):
        versions.setdefault((version.notification_type, version.locale), []).append(version)
    touched = set()
    for key, definition in definitions.items():
        for locale, wording in definition.wording.items():
            earlier = versions.get((key, locale), [])
            if _last_from_file(earlier) != wording.as_json():
                session.add(_next_version(key, locale, wording.as_json(), earlier))
                touched.add(key)
    return touched


def _last_from_file(versions: Iterable[TemplateVersion]) -> dict[str, Any] | None:
    return next((v.wording for v in reversed(list(versions)) if v.source == "file"), None)


def _next_version(
    key: str, locale: str, wording: dict[str, Any], earlier: Collection[TemplateVersion]
) -> TemplateVersion:
    behind_an_admin = any(v.source == "admin" and v.published_at for v in earlier)
    return TemplateVersion(
        notification_type=key,
        locale=locale,
        version=max((v.version for v in earlier), default=0) + 1,
        wording=wording,
        source="file",
        published_at=None if behind_an_admin else now(),
        created_at=now(),
    )
