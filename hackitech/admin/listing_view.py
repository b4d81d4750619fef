"""What admin pages share: filters in the address, the pages beside a list's, members as people name them."""

from collections.abc import Collection
from typing import Any

from flask import request, url_for

from hackitech.accounts import queries
from hackitech.accounts.emails import canonical_email
from hackitech.core.database import MAX_ID
from hackitech.core.errors import NotFound
from hackitech.core.pagination import Page

PAGE_SIZE = 25
LONGEST_WORDS = 100


def words(name: str) -> str:
    """Return what was typed into a filter, without what no database compares with."""
    typed = "".join(character for character in request.args.get(name, "") if character.isprintable())
    return typed.strip()[:LONGEST_WORDS]


def choice(name: str, known: Collection[str], default: str = "") -> str:
    """Return which of the known values a filter has; the default for any other."""
    value = request.args.get(name, default)
    return value if value in known else default


def read_id(text: str) -> int | None:
    """Return the id that somebody typed, None where it is none."""
    typed = text.strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(MAX_ID))):
        return None
    return int(typed) if 0 < int(typed) <= MAX_ID else None


def find_member(text: str) -> int | None:
    """Return the id of the member whose email address or id somebody typed, None where there is nobody."""
    user_id = read_id(text)
    try:
        if user_id is None:
            return queries.id_by_email(canonical_email(text))
        return int(queries.get_user(user_id)["id"])
    except (ValueError, NotFound):
        return None


def pages_beside(page: Page, **filters: str) -> dict[str, str | None]:
    """Return `next_url` and `previous_url` of a page under these filters, for the pager."""
    return {"next_url": _beside(page.next, filters), "previous_url": _beside(page.previous, filters)}


def _beside(cursor: str | None, filters: dict[str, str]) -> str | None:
    if cursor is None:
        return None
    given: dict[str, Any] = {name: value for name, value in filters.items() if value}
    return url_for(request.endpoint or "", **(request.view_args or {}), **given, cursor=cursor)
