"""Whom somebody means who writes email addresses and ids, as people do in a form."""

from collections.abc import Collection

import sqlalchemy as sa

from hackitech.accounts.emails import canonical_email
from hackitech.accounts.queries import ids_by_email
from hackitech.core.database import MAX_ID, db
from hackitech.models.user import User


def members_named(texts: Collection[str]) -> dict[str, int]:
    """Return the ids of the members that these texts mean, by text; those that mean nobody are left out."""
    numbers = {text: int(text) for text in texts if _is_id(text)}
    addresses = {text: address for text in texts if (address := _address(text))}
    there = set(db.session.scalars(sa.select(User.id).where(User.id.in_(numbers.values()))))
    by_address = ids_by_email(addresses.values())
    found = {text: by_address[address] for text, address in addresses.items() if address in by_address}
    return found | {text: number for text, number in numbers.items() if number in there}


def _is_id(text: str) -> bool:
    """Return whether a text is an id as it is shown, without zeros before it."""
    short = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))
    return short and text == str(int(text)) and int(text) <= MAX_ID


def _address(text: str) -> str | None:
    try:
        return canonical_email(text) if "@" in text else None
    except ValueError:
        return None
