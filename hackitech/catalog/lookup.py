"""The types as the database has them, kept in the process for a moment so that hot paths cost no SQL."""

import time
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session, scoped_session

from hackitech.catalog.definitions import ChannelDefault, LoadedType, ParamDefinition, Wording
from hackitech.core.errors import Invalid
from hackitech.models.notification_type import NotificationType
from hackitech.models.template_version import TemplateVersion
from hackitech.models.type_channel import TypeChannel

AnySession = Session | scoped_session[Any]

_CACHE = "catalog_types"


def get_type(session: AnySession, key: str) -> LoadedType:
    """Return everything that creating a notification of this type needs.

    Raises:
        Invalid: no such type, or one that is retired or internal.
    """
    found = find_type(session, key)
    if found is None or found.retired or found.internal:
        raise Invalid({"notification_type": [f"Unknown type {key!r:.80}."]})
    return found


def find_type(session: AnySession, key: str) -> LoadedType | None:
    """Return a type, retired ones too, or None where there never was one."""
    return _types(session).get(key)


def all_types(session: AnySession) -> list[LoadedType]:
    """Return the types that members find, in the order in which they are shown."""
    return [loaded for loaded in _types(session).values() if loaded.is_listed]


def forget_types() -> None:
    """Make this process read the types again at its next look; others follow when their cache ends."""
    current_app.extensions.pop(_CACHE, None)


def read_types(session: AnySession) -> dict[str, LoadedType]:
    """Read every type as the database has it now, in the order in which they are shown."""
    columns = sa.select(NotificationType.__table__).order_by("position", "key")
    channels, wording = _read_channels(session), _read_wording(session)
    return {
        row["key"]: _load(row, channels.get(row["key"], {}), wording.get(row["key"], {}))
        for row in session.execute(columns).mappings()
    }


def _types(session: AnySession) -> dict[str, LoadedType]:
    until, types = current_app.extensions.get(_CACHE, (0.0, {}))
    if time.monotonic() >= until:
        types = read_types(session)
        until = time.monotonic() + current_app.config["CATALOG_CACHE"]
        current_app.extensions[_CACHE] = (until, types)
    return types


def _load(row: Any, channels: dict[str, ChannelDefault], wording: dict[str, Wording]) -> LoadedType:
    copied = (
        "key", "category", "label", "description", "priority", "retention_days", "digest_key",
        "sign_action", "internal", "source",
    )  # fmt: skip
    return LoadedType(
        **{name: row[name] for name in copied},
        params={name: ParamDefinition(name=name, **stored) for name, stored in row["params"].items()},
        channels=channels,
        wording=wording,
        retired=row["retired_at"] is not None,
    )


def _read_channels(session: AnySession) -> dict[str, dict[str, ChannelDefault]]:
    found: dict[str, dict[str, ChannelDefault]] = {}
    for row in session.execute(sa.select(TypeChannel.__table__)):
        default = ChannelDefault(row.enabled, row.mandatory, row.reason, row.escalate_after)
        found.setdefault(row.notification_type, {})[row.channel] = default
    return found


def _read_wording(session: AnySession) -> dict[str, dict[str, Wording]]:
    """Read the wording in force: in each language, what was published last."""
    versions = (
        sa.select(TemplateVersion.notification_type, TemplateVersion.locale, TemplateVersion.wording)
        .where(TemplateVersion.published_at.is_not(None))
        .order_by(TemplateVersion.published_at, TemplateVersion.version)
    )
    found: dict[str, dict[str, Wording]] = {}
    for key, locale, wording in session.execute(versions):
        found.setdefault(key, {})[locale] = Wording.from_json(wording)
    return found
