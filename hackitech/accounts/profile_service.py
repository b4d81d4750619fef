"""What members do to their own account once the password was given again."""

from hackitech.accounts import queries
from hackitech.accounts.emails import canonical_email
from hackitech.accounts.erasure_service import erase_account
from hackitech.accounts.passwords import check_strength, hash_password
from hackitech.accounts.service import store_password
from hackitech.accounts.sessions import NewSession, begin_session, end_sessions
from hackitech.accounts.signin import authenticate
from hackitech.core.database import db
from hackitech.core.errors import Invalid, Unauthenticated
from hackitech.core.i18n import N_
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit

WRONG_PASSWORD = N_("This is not your password.")
SAME_PASSWORD = N_("This is the password that you have already.")
WRONG_ADDRESS = N_("This is not the email address of your account.")


def change_password(user_id: int, current: str, new: str, *, address: str, user_agent: str) -> NewSession:
    """Set a member's new password, end all sessions, and open one for the browser that asked.

    Raises:
        Invalid: under `current_password` where that is wrong, or `password` where the new one is too weak.
        TooManyRequests: too many tries.
    """
    user = queries.get_user(user_id)
    _confirm(user["email"], current, address, "current_password")
    check_strength(new, (user["email"], user["name"]))
    if new == current:
        raise Invalid({"password": [SAME_PASSWORD]})
    db.session.rollback()  # hashing takes a while: hold no connection
    new_hash = hash_password(new)
    with atomic():
        record_audit(user_id, "user.set_password", "user", user_id, None, None)
        store_password(user_id, new_hash)
        return begin_session(user_id, user_agent)


def sign_out_everywhere(user_id: int) -> None:
    """Close all sessions of a member, streams included; API tokens stay."""
    with atomic():
        end_sessions(user_id)


def erase_own_account(user_id: int, email: str, password: str, address: str) -> None:
    """Erase a member who typed both the account's email address and the password.

    Raises:
        Invalid: under `email` or `current_password`.
        Conflict: no administrator would be left.
        TooManyRequests: too many tries.
    """
    own = queries.get_user(user_id)["email"]
    if _comparable(email) != own:
        raise Invalid({"email": [WRONG_ADDRESS]})
    _confirm(own, password, address, "current_password")
    erase_account(user_id)


def _confirm(email: str, password: str, address: str, field: str) -> None:
    try:
        authenticate(email, password, address)
    except Unauthenticated:
        raise Invalid({field: [WRONG_PASSWORD]}) from None


def _comparable(email: str) -> str:
    try:
        return canonical_email(email)
    except ValueError:
        return ""
