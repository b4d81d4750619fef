"""What members chose, and what it makes of every type on every channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import sqlalchemy as sa

from hackitech.catalog.definitions import ByLocale, ChannelDefault
from hackitech.catalog.lookup import all_types, find_type
from hackitech.channels.base import Channel
from hackitech.channels.registry import CHANNELS, channel_keys
from hackitech.core.database import db, table
from hackitech.core.errors import NotFound
from hackitech.core.pagination import Keyset
from hackitech.models.notification_type import NotificationType
from hackitech.models.preference import DIRECT, Preference
from hackitech.models.type_channel import TypeChannel
from hackitech.models.user import User

Rows = sa.Select[*tuple[Any, ...]]
NEWEST_FIRST = Keyset((Preference.id,))
STORED = (
    Preference.id,
    Preference.user_id,
    Preference.notification_type,
    Preference.channel,
    Preference.enabled,
    Preference.frequency,
)


class StoredFilters(TypedDict, total=False):
    """What a list of stored choices can be narrowed to."""

    user_id: int
    notification_type: str
    channel: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What a member gets of one type on one channel, and who decided it."""

    id: int | None
    notification_type: str
    channel: str
    enabled: bool
    frequency: str
    source: str
    """`default`, `user` or `mandatory`."""
    reason: ByLocale | None
    """Why it is mandatory, by language."""

    @property
    def locked(self) -> bool:
        """Whether the member cannot change it."""
        return self.source == "mandatory"


@dataclass(frozen=True, slots=True)
class LinkSubject:
    """What an unsubscribe link is about: somebody's address, a type, and how it reaches them."""

    email: str
    label: ByLocale
    enabled: bool
    mandatory: bool
    reason: ByLocale | None


def stored(filters: StoredFilters) -> Rows:
    """Select the stored choices that match every filter."""
    return sa.select(*STORED).where(*(getattr(Preference, name) == value for name, value in filters.items()))


def get_preference(preference_id: int, owner_id: int | None, *, to_change: bool = False) -> Preference:
    """Return a stored choice of this member (None: of anybody); `to_change` keeps others from changing it.

    Raises:
        NotFound: no such choice, or it is somebody else's.
    """
    query = sa.select(Preference).where(Preference.id == preference_id)
    if owner_id is not None:
        query = query.where(Preference.user_id == owner_id)
    if to_change:
        query = query.with_for_update()
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("No such preference.")
    return found


def matrix(user_id: int) -> list[Cell]:
    """Return every pair of type and channel as it is for this member, in the order of the pages."""
    query = sa.select(*STORED).where(Preference.user_id == user_id)
    chosen = {(row.notification_type, row.channel): row for row in db.session.execute(query)}
    return [
        _cell(loaded.key, channel, loaded.channels[channel], chosen)
        for loaded in all_types(db.session())
        for channel in channel_keys()
        if channel in loaded.channels
    ]


def channels_shown(user_id: int) -> list[str]:
    """Return the channels that a member is asked about: of those on demand, the ones that they use."""
    on_demand = {key: channel for key, channel in CHANNELS.items() if channel.on_demand}
    used = {key for key, channel in on_demand.items() if db.session.scalar(_has_address(channel, user_id))}
    return [key for key in channel_keys() if key in used or key not in on_demand]


def get_cell(user_id: int, notification_type: str, channel: str) -> Cell:
    """Return one pair as it is for this member.

    Raises:
        NotFound: there is no such pair.
    """
    for cell in matrix(user_id):
        if (cell.notification_type, cell.channel) == (notification_type, channel):
            return cell
    raise NotFound("No such type or channel.")


def link_subject(user_id: int, notification_type: str, channel: str) -> LinkSubject:
    """Return what a link that was sent to a member is about, even where the type is retired by now.

    Raises:
        NotFound: the member, the type or the channel is gone.
    """
    loaded = find_type(db.session(), notification_type)
    default = loaded.channels.get(channel) if loaded is not None else None
    own = sa.and_(
        Preference.user_id == User.id,
        Preference.notification_type == notification_type,
        Preference.channel == channel,
    )
    query = sa.select(User.email, Preference.enabled).outerjoin_from(User, Preference, own)
    row = db.session.execute(query.where(User.id == user_id)).one_or_none()
    if loaded is None or default is None or row is None:
        raise NotFound("What this link is about is gone.")
    enabled = default.enabled if row.enabled is None else row.enabled
    return LinkSubject(row.email, loaded.label, enabled, default.mandatory, default.reason)


def pairs(notification_type: str | None, channel: str | None, *, mandatory: bool) -> Rows:
    """Select the pairs of one type, one channel or both that are mandatory, or those that are not."""
    listed = [loaded.key for loaded in all_types(db.session())]
    query = (
        sa.select(TypeChannel.notification_type, TypeChannel.channel, TypeChannel.reason)
        .join(NotificationType, NotificationType.key == TypeChannel.notification_type)
        .where(NotificationType.key.in_(listed), TypeChannel.mandatory == sa.literal(mandatory))
        .order_by(NotificationType.position, NotificationType.key, TypeChannel.channel)
    )
    if notification_type is not None:
        query = query.where(TypeChannel.notification_type == notification_type)
    if channel is not None:
        query = query.where(TypeChannel.channel == channel)
    return query


def _has_address(channel: Channel, user_id: int) -> sa.Select[Any]:
    people, _target = channel.targets(table(User))
    theirs = sa.select(sa.literal(1)).select_from(people).where(User.id == user_id, channel.reachable())
    return sa.select(theirs.exists())


def _cell(
    notification_type: str, channel: str, default: ChannelDefault, chosen: Mapping[tuple[str, str], Any]
) -> Cell:
    choice = chosen.get((notification_type, channel))
    source = "mandatory" if default.mandatory else "user" if choice else "default"
    return Cell(
        id=choice.id if choice else None,
        notification_type=notification_type,
        channel=channel,
        enabled=default.mandatory or (choice.enabled if choice else default.enabled),
        frequency=DIRECT if choice is None or default.mandatory else choice.frequency,
        source=source,
        reason=default.reason if default.mandatory else None,
    )
