"""Tell flask-login who calls: by bearer token, or else by our own session cookie; nothing else signs in."""

import contextlib
import datetime as dt
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask, Request, Response, after_this_request, current_app, g, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from hackitech.accounts import queries
from hackitech.accounts.principal import Principal
from hackitech.accounts.tokens import PREFIX, digest
from hackitech.core.clock import now
from hackitech.core.extensions import login_manager
from hackitech.core.transaction import atomic
from hackitech.models.api_token import ApiToken
from hackitech.models.user import User

PUBLIC_FILES = ("static", "assets.bundle")
VISIT = dt.timedelta(hours=1)
"""Who comes back within this time was seen already: so exact are `last_seen_at` and `last_used_at`."""


def init_loader(app: Flask) -> None:
    """Leave flask-login nothing of its own: no user in Flask's session, no remember cookie."""
    app.config.update(SESSION_PROTECTION=None, REMEMBER_COOKIE_NAME="")
    login_manager.request_loader(load_principal)
    app.before_request(_identify)


def _identify() -> None:
    """Look the caller up before anything else, so that a database that is away is a 503 on any page.

    What is the same for everybody asks nobody.
    """
    if request.endpoint not in PUBLIC_FILES:
        bool(current_user)


def load_principal(caller: Request) -> Principal | None:
    """Return who sent the request. With an Authorization header cookies count for nothing."""
    if g.get("principal_unknown"):  # the page about the failure is shown to a stranger
        return None
    g.principal_unknown = True
    authorization = caller.headers.get("Authorization")
    if authorization is None:
        principal = _by_cookie(caller.cookies.get(session_cookie()))
    else:
        principal = _by_bearer(authorization)
    g.principal_unknown = False
    if principal and _is_due(principal):
        after_this_request(partial(_note_at_the_end, principal))
    return principal


def _is_due(principal: Principal) -> bool:
    """Return whether there is a visit, or a use of a token, to be noted."""
    noted = [principal.last_seen_at, *([principal.token_used_at] if principal.token_id else [])]
    return any(time is None or time <= now() - VISIT for time in noted)


def _note_at_the_end(principal: Principal, response: Response) -> Response:
    """Have the visit noted once the answer was sent: nobody waits for it, and no request fails for it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    response.call_on_close(partial(_note_visit, app, principal))
    return response


def _note_visit(app: Flask, principal: Principal) -> None:
    """Write that a member is here; where the database does not take it, the next request tries again."""
    with app.app_context(), contextlib.suppress(SQLAlchemyError), atomic() as session:
        session.execute(_noting(User.last_seen_at, principal.id))
        if principal.token_id:
            session.execute(_noting(ApiToken.last_used_at, principal.token_id))


def _noting(column: Any, id_: int) -> sa.Update:
    """Return what writes the time into a row, unless somebody has just done so."""
    noted, moment = column.table.c, now()
    not_yet = sa.or_(noted[column.name].is_(None), noted[column.name] <= moment - VISIT)
    return sa.update(column.table).where(noted.id == id_, not_yet).values({column.name: moment})


def _by_cookie(secret: str | None) -> Principal | None:
    return queries.principal_by_session(digest(secret), now()) if secret else None


def _by_bearer(authorization: str) -> Principal | None:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(PREFIX):
        return None
    return queries.principal_by_token(digest(token.strip()), now())


def session_cookie() -> str:
    """Return the name of the cookie that says who is signed in."""
    return "__Host-session" if _over_tls() else "session"


def set_session_cookie(response: Response, secret: str, expires_at: dt.datetime) -> None:
    """Hand a new session to the browser."""
    response.set_cookie(
        session_cookie(),
        secret,
        expires=expires_at,
        path="/",
        secure=_over_tls(),
        httponly=True,
        samesite="Lax",
    )


def clear_session_cookie(response: Response) -> None:
    """Take the session from the browser, and the service worker: pushes to whoever was here end with it."""
    response.headers["Clear-Site-Data"] = '"storage"'
    response.delete_cookie(session_cookie(), path="/", secure=_over_tls(), httponly=True, samesite="Lax")


def client_address() -> str:
    """Return the address that the request came from; proxies count as far as PROXY_HOPS says."""
    return request.remote_addr or ""


def _over_tls() -> bool:
    return str(current_app.config["PUBLIC_URL"]).startswith("https://")
