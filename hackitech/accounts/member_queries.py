"""Selects about members as administrators look for them: what reaches them, and their API tokens."""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from hackitech.accounts.queries import TOKEN_COLUMNS, list_users
from hackitech.core.database import db
from hackitech.core.errors import NotFound
from hackitech.core.search import matches
from hackitech.models.api_token import ApiToken
from hackitech.models.device import Device
from hackitech.models.suppression import Suppression
from hackitech.models.user import User

EMAIL = "email"


class TokenFilters(NamedTuple):
    """Which API tokens: in which state, holding which scope, found by which words."""

    state: str = "working"
    scope: str = ""
    search: str = ""


def members(filters: dict[str, Any]) -> sa.Select[Any]:
    """Select members as `list_users` does, and by `bounced`; with why their address is not written to."""
    refused = sa.and_(Suppression.channel == EMAIL, Suppression.address == User.email)
    query = list_users(filters).outerjoin(Suppression, refused)
    if "bounced" in filters:
        is_refused = Suppression.address.is_not(None)
        query = query.where(is_refused if filters["bounced"] else sa.not_(is_refused))
    return query.add_columns(
        Suppression.reason.label("bounce_reason"), Suppression.created_at.label("bounced_at")
    )


def get_member(user_id: int) -> Any:
    """Return one member with the columns of `members`.

    Raises:
        NotFound
    """
    row = db.session.execute(members({}).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("No such member.")
    return row


def devices_by_kind(user_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Return how many devices these members can be reached at, by member and kind."""
    reached = Device.user_id.in_(user_ids), Device.disabled_at.is_(None)
    query = sa.select(Device.user_id, Device.kind, sa.func.count()).where(*reached)
    found: dict[int, dict[str, int]] = {}
    for user_id, kind, amount in db.session.execute(query.group_by(Device.user_id, Device.kind)):
        found.setdefault(user_id, {})[kind] = amount
    return found


def names_of(user_ids: Collection[int]) -> dict[int, str]:
    """Return what these members are called, by id; those that are gone are left out."""
    found = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(user_ids)))
    return {user_id: name for user_id, name in found}


def all_tokens(filters: TokenFilters, now: dt.datetime) -> sa.Select[Any]:
    """Select everybody's API tokens, with their owners' names."""
    columns = (*TOKEN_COLUMNS, ApiToken.revoked_at, ApiToken.user_id, User.name.label("owner"))
    query = sa.select(*columns).join(User, User.id == ApiToken.user_id)
    over, revoked = ApiToken.expires_at <= now, ApiToken.revoked_at.is_not(None)
    states: dict[str, list[sa.ColumnElement[bool]]] = {
        "working": [sa.not_(revoked), sa.not_(over), User.active == sa.true()],
        "expired": [sa.not_(revoked), over],
        "revoked": [revoked],
    }
    query = query.where(*states.get(filters.state, []))
    if filters.scope:  # none is part of another's name
        query = query.where(ApiToken.scopes.contains(filters.scope, autoescape=True))
    if filters.search:
        query = query.where(matches(filters.search, ApiToken.name, User.name, User.email))
    return query
