"""What administrators do about one member beside changing their columns."""

from hackitech.accounts import queries
from hackitech.accounts.sessions import end_sessions
from hackitech.accounts.signin import may_send_link, send_link
from hackitech.core.errors import Conflict, TooManyRequests
from hackitech.core.i18n import N_
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit

SUSPENDED = N_("A suspended member can do nothing with a link: reactivate the account first.")
ENOUGH_LINKS = N_("This member was sent enough links for now. Try again in an hour.")


def send_password_link(user_id: int, admin_id: int) -> None:
    """Send a member a link to choose a password.

    Raises:
        NotFound
        Conflict: the member is suspended.
        TooManyRequests: they were sent too many within an hour.
    """
    if not queries.get_user(user_id)["active"]:
        raise Conflict(SUSPENDED)
    if not may_send_link(user_id):
        raise TooManyRequests(ENOUGH_LINKS)
    with atomic():
        send_link(user_id)
        record_audit(admin_id, "user.send_link", "user", user_id, None, None)


def sign_out_member(user_id: int, admin_id: int) -> None:
    """Close all sessions of a member, streams included; API tokens stay.

    Raises:
        NotFound
    """
    with atomic():
        queries.get_user(user_id)  # or nobody is found
        end_sessions(user_id)
        record_audit(admin_id, "user.sign_out", "user", user_id, None, None)
