"""Sensitive actions: the password is asked for again unless it was just given, and nothing typed is lost."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, make_response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts import queries, signin
from hackitech.accounts.loader import client_address, set_session_cookie
from hackitech.accounts.profile_service import WRONG_PASSWORD
from hackitech.accounts.sessions import NewSession
from hackitech.core import clock
from hackitech.core.errors import TooManyRequests, Unauthenticated
from hackitech.core.security import own_path, safe_path
from hackitech.core.web import HOME, SLOW_DOWN, slow_down

View = Callable[..., Any]
FIELD = "confirmed_password"
NOT_KEPT = (FIELD, "csrf_token")


def password_confirmed(view: View) -> View:
    """Run a POST view only with a password that was just given; else ask for it, with all that was sent.

    Stands below `login_required_page` and its like. The page that asks sends everything again to the same
    address, together with the password; the browser then has a new session.
    """

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if _given_just_now():
            return view(*args, **kwargs)
        if FIELD not in request.form:
            return _ask({})
        try:
            new = _confirm(request.form[FIELD])
        except Unauthenticated:
            return make_response(_ask({FIELD: _(WRONG_PASSWORD)}), 422)
        except TooManyRequests as error:
            return slow_down(_ask({"": _(SLOW_DOWN)}), error)
        response: Response = make_response(view(*args, **kwargs))
        set_session_cookie(response, new.secret, new.expires_at)
        return response

    checked.password_confirmed = True  # type: ignore[attr-defined]
    return checked


def _given_just_now() -> bool:
    recent = dt.timedelta(seconds=current_app.config["PASSWORD_RECENT"])
    given: dt.datetime | None = current_user.authenticated_at
    return given is not None and given > clock.now() - recent


def _confirm(password: str) -> NewSession:
    return signin.confirm_password(
        current_user.email,
        password,
        current_user.session_id,
        address=client_address(),
        user_agent=request.user_agent.string,
    )


def _ask(errors: dict[str, str]) -> str:
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    return render_template(
        "accounts/confirm_password.html",
        kept=kept,
        errors=errors,
        name=FIELD,
        has_password=queries.has_password(current_user.id),
        back=safe_path(own_path(request.referrer), HOME),
    )
