"""Static files under names that change with their content, so that browsers may keep them for ever."""

import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, url_for

STATIC = Path(__file__).resolve().parent.parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
UNSENT = re.compile(rb"^\s*(//.*\n)?", re.MULTILINE)
"""Indentation, and comments on lines of their own: a fifth of what is sent, and for readers of the source."""
bundles = Blueprint("assets", __name__)


BUNDLES = {"app": "", "admin": "admin"}
"""Where the modules and style sheets of each bundle are, within `js` and `css`."""


@cache
def script_bundle(name: str = "app") -> bytes:
    """Return our ES modules as one file, each in a block of its own."""
    modules = sorted((STATIC / "js" / BUNDLES[name]).glob("*.js"))
    return b"".join(b"{\n" + UNSENT.sub(b"", module.read_bytes()) + b"}\n" for module in modules)


@cache
def style_bundle(name: str = "app") -> bytes:
    """Return our style sheets as one file, in the order of their names."""
    sheets = sorted((STATIC / "css" / BUNDLES[name]).glob("*.css"))
    return b"".join(sheet.read_bytes() + b"\n" for sheet in sheets)


MAKERS = {".js": (script_bundle, "text/javascript"), ".css": (style_bundle, "text/css")}


def _bundle(path: str) -> tuple[bytes, str] | None:
    """Return a bundle's content and type, None where the path is none's."""
    name, suffix = Path(path).stem, Path(path).suffix
    if name not in BUNDLES or path != name + suffix or suffix not in MAKERS:
        return None
    make, mimetype = MAKERS[suffix]
    return make(name), mimetype


@cache
def _fingerprint(path: str) -> str:
    made = _bundle(path)
    content = made[0] if made else (STATIC / path).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


def asset_url(path: str) -> str:
    """Return the address of a static file, or of a bundle such as `app.js` and `app.css`."""
    if _bundle(path):
        return url_for("assets.bundle", name=path, v=_fingerprint(path))
    return url_for("static", filename=path, v=_fingerprint(path))


@bundles.get("/assets/<name>")
def bundle(name: str) -> Response:
    """Answer with a bundle."""
    made = _bundle(name)
    if made is None:
        abort(404)
    response = Response(made[0], mimetype=made[1])
    response.headers["Cache-Control"] = FOR_EVER
    response.add_etag()
    response.make_conditional(request)
    return response


def init_assets(app: Flask) -> None:
    """Serve the bundles and let templates name static files."""
    app.register_blueprint(bundles)
    app.jinja_env.globals["asset_url"] = asset_url
    app.after_request(_keep_static)


def _keep_static(response: Response) -> Response:
    found = response.status_code in (200, 304)  # what is missing may come with the next release
    if found and request.endpoint == "static" and request.args.get("v"):
        response.headers["Cache-Control"] = FOR_EVER
    return response
