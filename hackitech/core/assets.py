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


@cache
def script_bundle() -> bytes:
    """Return our ES modules as one file, each in a block of its own."""
    modules = sorted((STATIC / "js").glob("*.js"))
    return b"".join(b"{\n" + UNSENT.sub(b"", module.read_bytes()) + b"}\n" for module in modules)


@cache
def style_bundle() -> bytes:
    """Return our style sheets as one file, in the order of their names."""
    return b"".join(sheet.read_bytes() + b"\n" for sheet in sorted((STATIC / "css").glob("*.css")))


@cache
def _fingerprint(path: str) -> str:
    content = {"app.js": script_bundle, "app.css": style_bundle}.get(path, (STATIC / path).read_bytes)()
    return hashlib.sha256(content).hexdigest()[:12]


def asset_url(path: str) -> str:
    """Return the address of a static file, or of the bundles `app.js` and `app.css`."""
    if path in ("app.js", "app.css"):
        return url_for("assets.bundle", name=path, v=_fingerprint(path))
    return url_for("static", filename=path, v=_fingerprint(path))


@bundles.get("/assets/<name>")
def bundle(name: str) -> Response:
    """Answer with a bundle."""
    if name == "app.js":
        response = Response(script_bundle(), mimetype="text/javascript")
    elif name == "app.css":
        response = Response(style_bundle(), mimetype="text/css")
    else:
        abort(404)
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
