"""Sign in and out, choose a new password, and how pages look."""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts import queries, service, signin
from hackitech.accounts.loader import clear_session_cookie, client_address, set_session_cookie
from hackitech.core.errors import Invalid, NotFound, TooManyRequests, Unauthenticated
from hackitech.core.i18n import LOCALE_COOKIE, LOCALES
from hackitech.core.security import safe_path
from hackitech.core.web import HOME, LOGIN, SLOW_DOWN, THEME_COOKIE, THEMES, see_other, slow_down, toast

pages = Blueprint("accounts_pages", __name__)
_YEAR = 365 * 86400


@pages.get("/login")
def login() -> Response | str:
    """Ask who is there."""
    target = safe_path(request.args.get("next"), HOME)
    if current_user.is_authenticated:
        return see_other(target)
    return _login_form({"email": "", "next": target})


@pages.post("/login")
def sign_in() -> Response:
    """Open a session, under a new secret even where there was one."""
    form = {"email": request.form.get("email", ""), "next": safe_path(request.form.get("next"), HOME)}
    try:
        new = signin.sign_in(
            form["email"],
            request.form.get("password", ""),
            address=client_address(),
            user_agent=request.user_agent.string,
            replaces=getattr(current_user, "session_id", None),
        )
    except Unauthenticated as error:
        return make_response(_login_form(form, {"": _(error.detail)}), 422)
    except TooManyRequests as error:
        return slow_down(_login_form(form, {"": _(SLOW_DOWN)}), error)
    session.clear()  # a token against CSRF that somebody may have planted before does not outlive this
    response = see_other(form["next"])
    set_session_cookie(response, new.secret, new.expires_at)
    return response


def _login_form(form: dict[str, str], errors: dict[str, str] | None = None) -> str:
    return render_template("accounts/login.html", form=form, errors=errors or {})


@pages.post("/logout")
def logout() -> Response:
    """Close the session, here and on the server."""
    if current_user.is_authenticated and current_user.session_id is not None:
        signin.sign_out(current_user.session_id, current_user.id)
    session.clear()
    response = see_other(url_for(LOGIN))
    clear_session_cookie(response)
    return response


@pages.get("/reset")
def reset_request() -> str:
    """Ask for the address of whoever forgot the password."""
    return _request_form("")


@pages.post("/reset")
def send_reset() -> Response | str:
    """Send the link, if there is somebody to send it to; the answer does not tell."""
    email = request.form.get("email", "")
    try:
        signin.request_password_reset(email, client_address())
    except TooManyRequests as error:
        return slow_down(_request_form(email, {"": _(SLOW_DOWN)}), error)
    return _request_form(email, sent=True)


def _request_form(email: str, errors: dict[str, str] | None = None, *, sent: bool = False) -> str:
    form = {"email": email}
    return render_template("accounts/reset_request.html", form=form, errors=errors or {}, sent=sent)


@pages.get("/reset/<id:reset_id>")
def reset_confirm(reset_id: int) -> Response:
    """Ask for the new password, if the link is good."""
    return _confirm_form(reset_id, request.args.get("signature", ""))


@pages.post("/reset/<id:reset_id>")
def reset_password(reset_id: int) -> Response:
    """Set the new password and let the member sign in with it."""
    signature = request.form.get("token", "")
    try:
        signin.reset_password(reset_id, signature, request.form.get("password", ""))
    except NotFound:
        return _confirm_form(reset_id, "")
    except Invalid as error:
        sentences = {field: _(texts[0]) for field, texts in error.errors.items()}
        return _confirm_form(reset_id, signature, sentences)
    session.clear()
    toast(_("Your password has changed. Sign in with the new one."))
    response = see_other(url_for(LOGIN))
    clear_session_cookie(response)
    return response


def _confirm_form(reset_id: int, signature: str, errors: dict[str, str] | None = None) -> Response:
    context: dict[str, Any] = {"reset_id": reset_id, "token": signature, "errors": errors or {}}
    try:
        context["email"] = queries.get_user(signin.check_reset(reset_id, signature))["email"]
    except NotFound:
        return make_response(
            render_template("accounts/reset_confirm.html", dead=True, email="", **context), 404
        )
    status = 422 if errors else 200
    return make_response(render_template("accounts/reset_confirm.html", dead=False, **context), status)


@pages.post("/locale")
def set_locale() -> Response:
    """Choose the language of the pages; a member's profile remembers it."""
    locale = _choice("locale", LOCALES)
    if current_user.is_authenticated:
        service.update_profile(current_user.id, {"locale": locale})
    return _remember(LOCALE_COOKIE, locale)


@pages.post("/theme")
def set_theme() -> Response:
    """Choose light, dark, or what the system says."""
    return _remember(THEME_COOKIE, _choice("theme", THEMES))


def _choice(name: str, known: tuple[str, ...]) -> str:
    value = request.form.get(name, "")
    if value not in known:
        raise Invalid({name: [f"One of {', '.join(known)}."]})
    return value


def _remember(cookie: str, value: str) -> Response:
    response = see_other(safe_path(request.form.get("next"), HOME))
    remember_choice(response, cookie, value)
    return response


def remember_choice(response: Response, cookie: str, value: str) -> None:
    """Let a browser keep a choice of how pages look, so that strangers and first paints have it too."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(cookie, value, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax")
