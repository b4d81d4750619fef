"""What every response and every unsafe request must carry."""

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from hackitech.core.errors import Forbidden

CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip
FRAMING_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
"""That of the pages that show a preview in a frame."""
PREVIEW_POLICY = "; ".join((
    "default-src 'none'",
    "style-src 'unsafe-inline'",  # emails carry their styles within them
    "img-src data:",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    "sandbox",
))  # fmt: skip
"""That of what is shown in the frame: it runs nothing, and links lead nowhere."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

csrf = CSRFProtect()


def init_security(app: Flask) -> None:
    """Add the headers to every response."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    csrf.init_app(app)
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if current_app.config["PUBLIC_URL"].startswith("https://"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        headers.setdefault(
            "Cache-Control", "private, no-cache" if request.path.startswith("/api/") else "no-store"
        )
    return response


def framing_preview(page: Response | str) -> Response:
    """Let a page frame what `preview_response` made, and nothing from elsewhere."""
    response = current_app.make_response(page)
    response.headers["Content-Security-Policy"] = FRAMING_POLICY
    return response


def preview_response(html: str) -> Response:
    """Answer with a document of somebody's making: inert, and shown in frames of our pages alone."""
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    return response


def check_same_origin() -> None:
    """Let an unsafe request pass only if a page of ours sent it, with its CSRF token.

    Raises:
        Forbidden: it comes from elsewhere, or carries no valid token.
    """
    site = request.headers.get("Sec-Fetch-Site")
    trusted = site == "same-origin" if site is not None else is_own_origin(request.headers.get("Origin"))
    if not trusted:
        raise Forbidden("The request does not come from this site.")
    try:
        csrf.protect()
    except CSRFError as error:
        raise Forbidden(f"CSRF: {error.description}") from None


def is_own_origin(origin: str | None) -> bool:
    """Return whether `origin` is exactly this site's (or one that the settings name)."""
    own = (
        current_app.config["PUBLIC_URL"],
        request.host_url.rstrip("/"),
        *current_app.config["ALLOWED_ORIGINS"],
    )
    return origin is not None and origin in own


def safe_path(target: str | None, default: str) -> str:
    """Return `target` if it is a path on this site, else `default`: no open redirect."""
    if not target or not is_site_path(target):
        return default
    return target


def own_path(address: str | None) -> str | None:
    """Return the path and query of an address on this site, such as a Referer; None for any other."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    if not is_own_origin(f"{parts.scheme}://{parts.netloc}"):
        return None
    return parts._replace(scheme="", netloc="", fragment="").geturl()


def is_site_path(target: str) -> bool:
    """Return whether `target` is a path here: no host, no backslash, no control character."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return False
    if any(ord(c) < 32 or ord(c) == 127 for c in target):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc


def is_action_link(target: str) -> bool:
    """Return whether a notification may link to `target`: https elsewhere, or a path on this site."""
    if is_site_path(target):
        return True
    if "\\" in target or any(c.isspace() or ord(c) < 32 or ord(c) == 127 for c in target):
        return False
    try:
        parts = urlsplit(target)
        _ = parts.port  # raises where it is no port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
