"""Sign in and out, and change one's password by a link."""

import contextlib
import time
from collections.abc import Iterator

import sqlalchemy as sa
from flask import current_app

from hackitech.accounts import queries
from hackitech.accounts.emails import canonical_email
from hackitech.accounts.guessing import Guess
from hackitech.accounts.passwords import check_strength, hash_password, verify_password
from hackitech.accounts.service import OWN_SCOPES, NewToken, create_token, store_password
from hackitech.accounts.sessions import NewSession, begin_session, end_session
from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.errors import NotFound, Unauthenticated
from hackitech.core.i18n import N_
from hackitech.core.rate_limit import per_hour, within
from hackitech.core.signing import check_link
from hackitech.core.transaction import atomic
from hackitech.models.password_reset import PasswordReset
from hackitech.models.user import User
from hackitech.notifications.notify import notify

WRONG_CREDENTIALS = N_("Wrong email address or password.")
RESET_EMAILS_PER_HOUR = 5
_RESET_TAKES = 0.3


def authenticate(email: str, password: str, address: str) -> int:
    """Return the id of the member whose email address and password these are.

    Raises:
        Unauthenticated: they are not; an unknown account takes as long and answers the same.
        TooManyRequests: too many tries.
    """
    guess = Guess("login", _comparable(email), address)
    _let_go()
    guess.allow()
    found = queries.credentials(guess.email)
    _let_go()
    verdict = verify_password(found.password_hash if found else None, password)
    if found is None or not verdict.right:
        raise Unauthenticated(WRONG_CREDENTIALS)
    guess.forgive()
    if verdict.new_hash:
        _rehash(found, verdict.new_hash)
    return found.user_id


def sign_in(
    email: str, password: str, *, address: str, user_agent: str = "", replaces: int | None = None
) -> NewSession:
    """Open a session for a browser; `replaces` is the id of the one that it had.

    Raises:
        Unauthenticated, TooManyRequests
    """
    user_id = authenticate(email, password, address)
    with atomic():
        return begin_session(user_id, user_agent, replaces)


def sign_in_for_token(email: str, password: str, name: str, address: str) -> NewToken:
    """Make an API token for an app whose member typed the password in it.

    Raises:
        Unauthenticated, TooManyRequests
    """
    return create_token(authenticate(email, password, address), name, OWN_SCOPES)


def confirm_password(
    email: str, password: str, session_id: int, *, address: str, user_agent: str
) -> NewSession:
    """Take a signed-in member's password again, and give the browser a new session for the one that it had.

    Raises:
        Unauthenticated, TooManyRequests
    """
    return sign_in(email, password, address=address, user_agent=user_agent, replaces=session_id)


def sign_out(session_id: int, user_id: int) -> None:
    """Close a session; its cookie is worth nothing from now on."""
    with atomic():
        end_session(session_id, user_id)


def request_password_reset(email: str, address: str) -> None:
    """Send a link to a member who forgot the password; for an unknown address look and take the same.

    Raises:
        TooManyRequests: too many tries.
    """
    guess = Guess("reset", _comparable(email), address)
    _let_go()
    guess.allow()
    with _taking(_RESET_TAKES):
        found = queries.credentials(guess.email)
        if found and may_send_link(found.user_id):
            send_link(found.user_id)


def check_reset(reset_id: int, signature: str) -> int:
    """Return whose password this link may change.

    Raises:
        NotFound: the link is forged, used or over.
    """
    user_id = queries.open_reset(reset_id, now())
    if not check_link(reset_path(reset_id), user_id, signature, now()):
        raise NotFound
    return user_id


def reset_password(reset_id: int, signature: str, password: str) -> None:
    """Set a new password by a link, which then is used up, and end the member's sessions.

    Raises:
        NotFound: the link is forged, used or over.
        Invalid: the password is too weak.
    """
    user = queries.get_user(check_reset(reset_id, signature))
    check_strength(password, (user["email"], user["name"]))
    _let_go()
    new_hash = hash_password(password)
    with atomic() as session:
        unused = (
            PasswordReset.id == reset_id,
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now(),
        )
        if not session.execute(sa.update(PasswordReset).where(*unused).values(used_at=now())).rowcount:
            raise NotFound
        others = (PasswordReset.user_id == user["id"], PasswordReset.used_at.is_(None))
        session.execute(sa.update(PasswordReset).where(*others).values(used_at=now()))
        store_password(user["id"], new_hash)


def reset_path(reset_id: int) -> str:
    """Return where a reset's link leads, before it is signed."""
    return f"/reset/{reset_id}"


def may_send_link(user_id: int) -> bool:
    """Count a link for a member, and return whether they had few enough within an hour."""
    return within(per_hour(RESET_EMAILS_PER_HOUR), "reset-mail", str(user_id))


def send_link(user_id: int) -> None:
    """Send a member a link that lets them choose a new password."""
    with atomic() as session:
        reset = PasswordReset(user_id=user_id, expires_at=after(current_app.config["RESET_LIFETIME"]))
        session.add(reset)
        session.flush()
        notify(
            "password_reset",
            recipients=[user_id],
            params={"valid_until": reset.expires_at.isoformat()},
            action_url=reset_path(reset.id),
            expires_at=reset.expires_at,
        )


def _rehash(found: queries.Credentials, new_hash: str) -> None:
    """Keep the same password under today's parameters, unless it changed meanwhile."""
    same = (User.id == found.user_id, User.password_hash == found.password_hash)
    with atomic() as session:
        session.execute(sa.update(User).where(*same).values(password_hash=new_hash))


def _comparable(email: str) -> str:
    try:
        return canonical_email(email)
    except ValueError:
        return ""


def _let_go() -> None:
    """Give the database connection back before waiting and hashing."""
    db.session.rollback()


@contextlib.contextmanager
def _taking(seconds: float) -> Iterator[None]:
    """Make a block take this long at least, so that its time tells nothing."""
    started = time.monotonic()
    try:
        yield
    finally:
        _let_go()
        time.sleep(max(0.0, seconds - (time.monotonic() - started)))
