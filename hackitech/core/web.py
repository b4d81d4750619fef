"""What every page shares: who may see it, fragments and redirects for HTMX, and what the frame shows."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    get_flashed_messages,
    has_request_context,
    make_response,
    redirect,
    request,
    url_for,
)
from flask_login import current_user

from hackitech.core.dates import init_dates
from hackitech.core.errors import TooManyRequests
from hackitech.core.i18n import N_, select_locale
from hackitech.core.rate_limit import limit_requests
from hackitech.core.security import SAFE_METHODS, check_same_origin, own_path, safe_path

View = Callable[..., Any]
HOME = "/inbox"
LOGIN = "accounts_pages.login"
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
SLOW_DOWN = N_("Too many tries. Wait a moment, then try again.")


def is_fragment_request() -> bool:
    """Return whether HTMX wants a part of the page; a page that it restores from history it wants whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def see_other(url: str) -> Response:
    """Send the browser to `url`; HTMX is told in a header, as it would swap what a 303 leads to."""
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": url})
    return current_app.make_response(redirect(url, 303))


def toast(text: str, kind: str = "ok", undo_token: str | None = None, undo_url: str | None = None) -> None:
    """Say `text` once, on the next whole page; `kind` is "ok" or "error".

    An `undo_token` is sent to `undo_url`, to the inbox unless there is one.
    """
    said = {"text": text, "kind": kind, "undo_token": undo_token, "undo_url": undo_url}
    flash(said)  # type: ignore[arg-type]


def slow_down(page: str, error: TooManyRequests) -> Response:
    """Answer with a page that says to wait, and for how long."""
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(int(error.retry_after or 1))
    return response


def login_required_page(view: View) -> View:
    """Show a page to a signed-in browser only; others sign in first and come back."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated or current_user.session_id is None:
            return see_other(url_for(LOGIN, next=_way_back()))
        limit_requests("reads" if request.method in SAFE_METHODS else "writes", str(current_user.id))
        return view(*args, **kwargs)

    checked.required_session = True  # type: ignore[attr-defined]
    return checked


def accepts_any_origin(view: View) -> View:
    """Exempt a page whose caller proves itself otherwise (a signed link) from the check of its origin."""
    view.any_origin = True  # type: ignore[attr-defined]
    return view


def _way_back() -> str:
    """Return the path to show after signing in: this page, or the one that asked for a part of it."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return request.full_path.rstrip("?")
    return safe_path(own_path(request.headers.get("HX-Current-URL") or request.referrer), HOME)


def init_web(app: Flask) -> None:
    """Check the origin of every unsafe page request, and prepare what all pages show."""
    init_dates(app)
    app.before_request(_check_origin)
    app.after_request(_keep_private)
    app.context_processor(_frame)


def _check_origin() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in SAFE_METHODS or request.path.startswith("/api/") or view is None:
        return
    if not getattr(view, "any_origin", False):
        check_same_origin()


def _keep_private(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.vary.update(("HX-Request", "Cookie"))
    return response


def _frame() -> dict[str, Any]:
    if not has_request_context():
        return {"locale": select_locale(), "theme": THEMES[0], "toasts": []}
    theme = request.cookies.get(THEME_COOKIE)
    return {
        "locale": select_locale(),
        "theme": theme if theme in THEMES else THEMES[0],
        "toasts": [] if is_fragment_request() else get_flashed_messages(),
    }
