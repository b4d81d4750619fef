"""How a type is written to its tables: by `types sync` from its file, and by administrators."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from hackitech.catalog.categories import category_position
from hackitech.catalog.definitions import ChannelDefault, Defaults, ParamDefinition, Wording
from hackitech.catalog.lookup import AnySession
from hackitech.core.clock import now
from hackitech.models.template_version import TemplateVersion
from hackitech.models.type_channel import TypeChannel


def update(row: Any, values: Mapping[str, Any]) -> bool:
    """Set the columns of a row that differ, and return whether any did."""
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    return bool(changes)


def default_columns(defaults: Defaults) -> dict[str, Any]:
    """Return the columns of a type that its defaults fill; channels have rows of their own."""
    return {
        "category": defaults.category,
        "label": dict(defaults.label),
        "description": dict(defaults.description),
        "priority": defaults.priority,
        "retention_days": defaults.retention_days,
        "position": category_position(defaults.category),
    }


def param_columns(params: Iterable[ParamDefinition]) -> dict[str, Any]:
    """Return params as `notification_type.params` holds them."""
    stored = {param.name: asdict(param) for param in params}
    for values in stored.values():
        del values["name"]
    return stored


def channel_rows(session: AnySession) -> dict[tuple[str, str], TypeChannel]:
    """Return the row of every type and channel."""
    return {(row.notification_type, row.channel): row for row in session.scalars(sa.select(TypeChannel))}


def write_channel(
    session: AnySession, row: TypeChannel | None, key: str, channel: str, default: ChannelDefault
) -> bool:
    """Write what a type does on a channel, into `row` where there is one; return whether that is new."""
    values = {
        "enabled": default.enabled,
        "mandatory": default.mandatory,
        "reason": dict(default.reason) if default.reason else None,
        "escalate_after": default.escalate_after,
    }
    if row is not None:
        return update(row, values)
    session.add(TypeChannel(notification_type=key, channel=channel, **values))
    return True


def new_version(key: str, locale: str, version: int, wording: Wording, source: str) -> TemplateVersion:
    """Return a version of a type's wording in a language, which nobody has published yet."""
    return TemplateVersion(
        notification_type=key,
        locale=locale,
        version=version,
        wording=wording.as_json(),
        source=source,
        created_at=now(),
    )
