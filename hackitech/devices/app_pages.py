"""What makes the site an app: its manifest, and the service worker that shows pushes."""

import hashlib
from functools import cache

from flask import Blueprint, Response, jsonify, request
from flask_babel import force_locale
from flask_babel import gettext as _

from hackitech.core.assets import STATIC, asset_url
from hackitech.core.i18n import DEFAULT_LOCALE, LOCALES
from hackitech.core.web import HOME

app_pages = Blueprint("app_pages", __name__)

KEPT_OFFLINE = ("offline.html", "offline.css")
"""All that the service worker keeps."""
A_DAY = "public, max-age=86400"
ACCENT, GROUND = "#1B4FD8", "#FFFFFF"
ICONS = (
    ("favicon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)
"""File, size and purpose."""


@app_pages.get("/service-worker.js")
def service_worker() -> Response:
    """Answer with the script that shows pushes; another version of what it keeps makes it another script."""
    response = Response(_script(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/"
    response.add_etag()
    response.make_conditional(request)
    return response


@app_pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """Answer with the app's manifest, in the language that its address names."""
    language = request.args.get("language")
    locale = language if language in LOCALES else DEFAULT_LOCALE
    with force_locale(locale):
        response = jsonify(_manifest(locale))
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = A_DAY
    return response


@cache
def _script() -> str:
    script = (STATIC / "service-worker.js").read_text()
    kept = b"".join((STATIC / name).read_bytes() for name in KEPT_OFFLINE)
    return f'const VERSION = "{hashlib.sha256(kept).hexdigest()[:12]}";\n{script}'


def _manifest(locale: str) -> dict[str, object]:
    return {
        "id": "/",
        "name": "Hackitech Notifi",
        "short_name": "Notifi",
        "description": _("Your notifications from Hackitech, as they come."),
        "lang": locale,
        "dir": "ltr",
        "start_url": HOME,
        "scope": "/",
        "display": "standalone",
        "theme_color": ACCENT,
        "background_color": GROUND,
        "icons": [
            {"src": asset_url(file), "sizes": sizes, "type": _type(file), "purpose": purpose}
            for file, sizes, purpose in ICONS
        ],
    }


def _type(file: str) -> str:
    return "image/svg+xml" if file.endswith(".svg") else "image/png"
