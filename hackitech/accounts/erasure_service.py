"""Erase members at their own wish: nobody at once, then row by row, however much there is."""

import contextlib
import time
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import DBAPIError

from hackitech.accounts import queries
from hackitech.accounts.sessions import end_sessions
from hackitech.core.database import table
from hackitech.core.errors import Conflict
from hackitech.core.i18n import N_
from hackitech.core.publish import hasten_purge
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.audit import record_audit
from hackitech.models.device import Device
from hackitech.models.event import CANCELLED, Event
from hackitech.models.mailbox_count import MailboxCount
from hackitech.models.notification import Notification
from hackitech.models.password_reset import PasswordReset
from hackitech.models.suppression import Suppression
from hackitech.models.user import User

LAST_ADMIN = N_("You are the only administrator left. Make somebody else one first.")
PATIENCE = 2.0
"""Seconds that a member waits for the rows to go; the clock takes what is left then."""


def erase_account(user_id: int) -> None:
    """Make a member nobody at once, and erase what was theirs; what takes long is left to the clock.

    Raises:
        Conflict: no administrator would be left.
    """
    with atomic() as session:
        if queries.is_last_admin(user_id, to_change=True):
            raise Conflict(LAST_ADMIN)
        _make_nobody(session, user_id)
        end_sessions(user_id)
        record_audit(user_id, "user.erase", "user", user_id, None, None)
    until = time.monotonic() + PATIENCE
    with contextlib.suppress(DBAPIError):  # they are nobody already, and the clock comes back to the rest
        while time.monotonic() < until:
            if _erase_chunk(user_id, current_app.config["INLINE_CHUNK_SIZE"]):
                return
    hasten_purge()


def erase_leftovers() -> bool:
    """Go on with whoever is nobody and still has rows; return whether there was somebody."""
    user_id = queries.erased_member()
    if user_id is None:
        return False
    _erase_chunk(user_id, current_app.config["CHUNK_SIZE"])
    return True


def _make_nobody(session: Any, user_id: int) -> None:
    """Take everything from a member that says who they are, or that reaches them."""
    address = sa.select(User.email).where(User.id == user_id).scalar_subquery()
    session.execute(sa.delete(table(Suppression)).where(table(Suppression).c.address == address))
    for model in (ApiToken, Device, PasswordReset):
        session.execute(sa.delete(table(model)).where(table(model).c.user_id == user_id))
    nobody = {
        "email": queries.ERASED_ADDRESS,
        "name": "",
        "external_id": None,
        "password_hash": None,
        "role": "member",
        "active": False,
    }
    session.execute(sa.update(table(User)).where(table(User).c.id == user_id).values(nobody))


def _erase_chunk(user_id: int, size: int) -> bool:
    """Erase part of a mailbox or, once it is empty, the member; return whether that was all."""
    copy, event = table(Notification), table(Event)
    own = sa.select(copy.c.id, copy.c.event_id).where(copy.c.recipient_id == user_id)
    with atomic() as session:
        chunk = session.execute(own.limit(size)).all()
        if not chunk:
            session.execute(sa.delete(table(User)).where(table(User).c.id == user_id))
            counts = table(MailboxCount)  # after the member, as what still came counts again when it goes
            session.execute(sa.delete(counts).where(counts.c.user_id == user_id))
            return True
        session.execute(sa.delete(copy).where(copy.c.id.in_([row.id for row in chunk])))
        # What was said to this member alone goes with the only copy; what others read stays with them.
        named = sa.and_(event.c.audience == "ids", event.c.status.in_(("done", CANCELLED)))
        copies = sa.select(copy.c.id).where(copy.c.event_id == event.c.id)
        alone = sa.and_(event.c.id.in_([row.event_id for row in chunk]), named, ~copies.exists())
        session.execute(sa.delete(event).where(alone))
        return False
