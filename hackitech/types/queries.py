"""Types and the versions of their wording, as the database has them now."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from hackitech.catalog.definitions import ADMIN, FILE, LoadedType
from hackitech.catalog.lookup import read_types
from hackitech.catalog.names import is_key
from hackitech.core.database import MAX_ID, db
from hackitech.core.errors import NotFound
from hackitech.core.i18n import LOCALES
from hackitech.core.pagination import Keyset
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.notification_type import NotificationType
from hackitech.models.template_version import TemplateVersion
from hackitech.models.user import User

NEWEST_FIRST = Keyset((TemplateVersion.version,))
LATEST = (TemplateVersion.published_at.desc(), TemplateVersion.version.desc())
VERSION = (
    TemplateVersion.id,
    TemplateVersion.version,
    TemplateVersion.wording,
    TemplateVersion.source,
    TemplateVersion.author_id,
    TemplateVersion.published_at,
    TemplateVersion.created_at,
    User.name.label("author"),
)


class Place(NamedTuple):
    """Where wording is: that of a type, in a language."""

    key: str
    locale: str

    def __str__(self) -> str:
        return f"{self.key}/{self.locale}"


@dataclass(frozen=True, slots=True)
class State:
    """How the wording of a type in a language stands: by version, each None where there is none."""

    in_force: int | None = None
    source: str = FILE
    """Where the one in force comes from."""
    draft: int | None = None
    """What an administrator wrote after it and has not published."""
    waiting: int | None = None
    """What its file says since, behind what an administrator published."""


class Change(NamedTuple):
    """Who changed something last, and when; no name for the command line and for whoever is gone."""

    author: str | None
    at: dt.datetime


def list_types() -> list[LoadedType]:
    """Return every type, those that are retired or internal too."""
    return list(read_types(db.session()).values())


def get_type(key: str) -> LoadedType:
    """Return a type, retired ones too.

    Raises:
        NotFound: there is none of this key.
    """
    found = read_types(db.session()).get(key)
    if found is None:
        raise NotFound("No such type.")
    return found


def lock_type(key: str) -> NotificationType:
    """Return a type's row, which nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none of this key.
    """
    query = sa.select(NotificationType).where(NotificationType.key == key).with_for_update()
    fresh = query.execution_options(populate_existing=True)
    row: NotificationType | None = db.session.scalar(fresh) if is_key(key) else None
    if row is None:
        raise NotFound("No such type.")
    return row


def last_change(object_type: str, object_id: str) -> Change | None:
    """Return the newest entry about something in the audit log."""
    query = (
        sa.select(User.name, AuditEntry.at)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(AuditEntry.object_type == object_type, AuditEntry.object_id == object_id)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return Change(*row) if row else None


def states() -> dict[Place, State]:
    """Return how the wording of every type stands in every language."""
    columns = (
        TemplateVersion.notification_type,
        TemplateVersion.locale,
        TemplateVersion.version,
        TemplateVersion.source,
        TemplateVersion.published_at,
    )
    rows: dict[Place, list[Any]] = {}
    for row in db.session.execute(sa.select(*columns).order_by(TemplateVersion.version)):
        rows.setdefault(Place(row.notification_type, row.locale), []).append(row)
    return {place: _state(versions) for place, versions in rows.items()}


def _state(versions: list[Any]) -> State:
    """`versions` are all those of a place, oldest first."""
    published = [row for row in versions if row.published_at]
    if not published:
        return State()
    current = max(published, key=lambda row: (row.published_at, row.version))
    later = [row for row in versions if row.published_at is None and row.version > current.version]
    newest = {row.source: row.version for row in later}
    return State(current.version, current.source, newest.get(ADMIN), newest.get(FILE))


def versions_of(place: Place) -> sa.Select[Any]:
    """Select the versions of a wording, with the names of their authors."""
    return (
        sa.select(*VERSION)
        .outerjoin(User, User.id == TemplateVersion.author_id)
        .where(TemplateVersion.notification_type == place.key, TemplateVersion.locale == place.locale)
    )


def get_version(place: Place, version: int) -> Any:
    """Return one version.

    Raises:
        NotFound: there is none of this number.
    """
    if not 0 < version <= MAX_ID:
        raise NotFound("No such version.")
    row = db.session.execute(versions_of(place).where(TemplateVersion.version == version)).one_or_none()
    if row is None:
        raise NotFound("No such version.")
    return row


def newest_version(place: Place) -> Any:
    """Return the version of the highest number, published or not; None where there is none."""
    query = versions_of(place).order_by(TemplateVersion.version.desc()).limit(1)
    return db.session.execute(query).one_or_none()


def version_in_force(place: Place) -> Any:
    """Return what was published last: what notifications say; None where nothing was."""
    published = versions_of(place).where(TemplateVersion.published_at.is_not(None))
    return db.session.execute(published.order_by(*LATEST).limit(1)).one_or_none()


def newest_draft(place: Place) -> Any:
    """Return what an administrator wrote after the version in force and did not publish; None: nothing."""
    current = version_in_force(place)
    query = versions_of(place).where(
        TemplateVersion.published_at.is_(None),
        TemplateVersion.source == ADMIN,
        TemplateVersion.version > (current.version if current else 0),
    )
    return db.session.execute(query.order_by(TemplateVersion.version.desc()).limit(1)).one_or_none()


def check_place(key: str, locale: str) -> Place:
    """Return the place of that name.

    Raises:
        NotFound: no such type or language.
    """
    if locale not in LOCALES:
        raise NotFound("No such language.")
    get_type(key)
    return Place(key, locale)
