"""Who is calling: read once per request, plain data from then on."""

import datetime as dt
from dataclasses import dataclass

from flask_login import UserMixin

SESSION_SCOPES: dict[str, frozenset[str]] = {
    "member": frozenset({"read", "write"}),
    "organiser": frozenset({"read", "write"}),
    "admin": frozenset({"read", "write", "send", "admin"}),
}
STAFF_ROLES = ("organiser", "admin")


@dataclass(frozen=True, slots=True, eq=False)
class Principal(UserMixin):
    """A member, with the rights of the session or token that was presented."""

    id: int
    email: str
    name: str
    role: str
    locale: str
    timezone: str
    scopes: frozenset[str]
    session_id: int | None = None
    token_id: int | None = None
    authenticated_at: dt.datetime | None = None
    """When the password was last given in this session; None for a token."""
    last_seen_at: dt.datetime | None = None
    """When the member was last noted to be here."""
    token_used_at: dt.datetime | None = None
    """When the token was last noted to be used."""

    @property
    def is_staff(self) -> bool:
        """Whether this is somebody who administers, all of it or their own topics."""
        return self.role in STAFF_ROLES

    @property
    def sees_all(self) -> bool:
        """Whether this is an admin's whole view: an admin's token without the scope is a member's."""
        return self.role == "admin" and "admin" in self.scopes

    @property
    def grantable_scopes(self) -> frozenset[str]:
        """What a token that this caller makes may hold: never more than the caller, nor than the role."""
        return self.scopes & SESSION_SCOPES[self.role]
