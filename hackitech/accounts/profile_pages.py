"""The page of the profile: how one is called, language and time, password, API tokens, one's own data."""

from flask import (
    Blueprint,
    Response,
    make_response,
    render_template,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts import profile_service, queries, service
from hackitech.accounts.export_service import export_account
from hackitech.accounts.loader import clear_session_cookie, client_address, set_session_cookie
from hackitech.accounts.pages import remember_choice
from hackitech.accounts.profile_view import (
    Form,
    profile_context,
    read_profile,
    read_token,
    sample_context,
    sentences,
    stored_profile,
)
from hackitech.core import clock
from hackitech.core.errors import Conflict, FieldErrors, Invalid, TooManyRequests
from hackitech.core.i18n import LOCALE_COOKIE
from hackitech.core.web import (
    LOGIN,
    SLOW_DOWN,
    THEME_COOKIE,
    login_required_page,
    see_other,
    slow_down,
    toast,
)

profile_pages = Blueprint("profile_pages", __name__)
Answer = Response | str


@profile_pages.get("/profile")
@login_required_page
def profile() -> str:
    """Show who one is here, and what one may change about it."""
    return _page({})


@profile_pages.post("/profile")
@login_required_page
def save() -> Answer:
    """Save name, language, timezone and theme."""
    try:
        wanted = read_profile(request.form)
    except Invalid as error:
        return _refused(error.errors)
    service.update_profile(current_user.id, wanted.changes)
    with force_locale(wanted.changes["locale"]):
        toast(_("Your profile is saved."))
    response = see_other(url_for("profile_pages.profile"))
    remember_choice(response, LOCALE_COOKIE, wanted.changes["locale"])
    remember_choice(response, THEME_COOKIE, wanted.theme)
    return response


@profile_pages.get("/profile/sample")
@login_required_page
def sample() -> str:
    """Show how a language and a timezone write this moment and a number; nothing is saved."""
    stored = stored_profile()
    locale, timezone = (request.args.get(name, stored[name]) for name in ("locale", "timezone"))
    return render_template("accounts/_sample.html", sample=sample_context(locale, timezone))


@profile_pages.get("/profile/<any(password, tokens):section>")
@login_required_page
def leave(section: str) -> Response:
    """Lead back to the page from the address of one of its forms."""
    return see_other(url_for("profile_pages.profile", _anchor=section))


@profile_pages.post("/profile/password")
@login_required_page
def change_password() -> Answer:
    """Set a new password: every other browser is signed out, and this one gets a new session."""
    try:
        new = profile_service.change_password(
            current_user.id,
            request.form.get("current_password", ""),
            request.form.get("password", ""),
            address=client_address(),
            user_agent=request.user_agent.string,
        )
    except Invalid as error:
        return _refused(error.errors)
    except TooManyRequests as error:
        return slow_down(_page({}, {"": [SLOW_DOWN]}), error)
    session.clear()  # with the rights changes the token against CSRF, too
    toast(_("Your password has changed. You are signed out everywhere else."))
    response = see_other(url_for("profile_pages.profile"))
    set_session_cookie(response, new.secret, new.expires_at)
    return response


@profile_pages.post("/profile/tokens")
@login_required_page
def create_token() -> Answer:
    """Make an API token and show it, this once: it is in no address, cookie or cache."""
    try:
        wanted = read_token(request.form)
    except Invalid as error:
        return _refused(error.errors)
    lifetime = wanted.days * service.DAY
    new = service.create_token(current_user.id, wanted.name, wanted.scopes, lifetime, current_user.id)
    return _page({}, new_token=new)


@profile_pages.post("/profile/tokens/<id:token_id>/revoke")
@login_required_page
def revoke_token(token_id: int) -> Response:
    """Make one of one's own tokens worthless."""
    service.revoke_token(token_id, current_user.id)
    toast(_("The token is revoked."))
    return see_other(url_for("profile_pages.profile", _anchor="tokens"))


@profile_pages.post("/profile/sign-out-everywhere")
@login_required_page
def sign_out_everywhere() -> Response:
    """Close all sessions, this browser's included."""
    profile_service.sign_out_everywhere(current_user.id)
    response = _signed_out(url_for(LOGIN))
    toast(_("You are signed out everywhere."))
    return response


@profile_pages.get("/profile/export")
@login_required_page
def export() -> Response:
    """Answer with all that is kept about oneself, as a file."""
    response = Response(stream_with_context(export_account(current_user.id)), mimetype="application/json")
    name = f"notifi-{clock.now():%Y-%m-%d}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@profile_pages.get("/profile/erase")
@login_required_page
def confirm_erasure() -> str:
    """Say what erasing one's account means, and ask for it twice."""
    return _erasure_page()


@profile_pages.post("/profile/erase")
@login_required_page
def erase() -> Answer:
    """Erase one's own account."""
    email, password = (request.form.get(name, "") for name in ("email", "current_password"))
    try:
        profile_service.erase_own_account(current_user.id, email, password, client_address())
    except Invalid as error:
        return make_response(_erasure_page(error.errors), 422)
    except Conflict:
        return make_response(_erasure_page(), 409)
    except TooManyRequests as error:
        return slow_down(_erasure_page({"": [SLOW_DOWN]}), error)
    response = _signed_out(url_for("profile_pages.goodbye"))
    remember_choice(response, LOCALE_COOKIE, current_user.locale)  # to be said goodbye to in one's language
    return response


@profile_pages.get("/goodbye")
def goodbye() -> str:
    """Say that an account is gone, to whoever had it."""
    return render_template("accounts/goodbye.html")


def _page(form: Form, errors: FieldErrors | None = None, new_token: service.NewToken | None = None) -> str:
    return render_template("accounts/profile.html", **profile_context(form, errors), new_token=new_token)


def _refused(errors: FieldErrors) -> Response:
    return make_response(_page(request.form, errors), 422)


def _erasure_page(errors: FieldErrors | None = None) -> str:
    return render_template(
        "accounts/erase.html",
        email=request.form.get("email", ""),
        errors=sentences(errors or {}),
        last_admin=queries.is_last_admin(current_user.id),
        has_password=queries.has_password(current_user.id),
    )


def _signed_out(target: str) -> Response:
    """Take everything from a browser that made it somebody."""
    session.clear()
    response = see_other(target)
    clear_session_cookie(response)
    return response
