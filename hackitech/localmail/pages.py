"""Read the local run's mail at /dev/mail: there in development only, and only from this machine."""

from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, make_response, render_template, request

from hackitech.core.errors import NotFound
from hackitech.core.i18n import N_
from hackitech.core.security import CONTENT_SECURITY_POLICY
from hackitech.localmail.queries import get_mail, list_mail

devmail_pages = Blueprint("devmail_pages", __name__)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
OUTCOMES = {
    "temp-fail": N_("refuses for now (451): it is tried again"),
    "perm-fail": N_("refuses for good (550): the address is suppressed"),
    "mailbox-full": N_("says that the mailbox is full (552): it is tried again"),
    "greylist": N_("refuses the first try (451) and accepts the second"),
    "slow": N_("accepts after ten seconds"),
    "hang-up": N_("hangs up after the content, without an answer: it is tried again"),
}
"""What the local catcher simulates, by the part of an address before the @."""
SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
)


def init_local_mail(app: Flask) -> None:
    """Offer the pages where mail goes no further than this machine."""
    host = urlsplit(app.config["SMTP_URL"]).hostname
    if app.config["ENVIRONMENT"] == "development" and (host is None or host in LOOPBACK):
        app.register_blueprint(devmail_pages)


@devmail_pages.before_request
def _from_here_only() -> None:
    if request.remote_addr not in LOOPBACK:
        abort(404)


@devmail_pages.get("/dev/mail")
def index() -> str:
    """List what was caught."""
    return render_template("devmail/list.html", messages=list_mail(_folder()), outcomes=OUTCOMES.items())


@devmail_pages.get("/dev/mail/<message_id>")
def message(message_id: str) -> Response:
    """Show one message; its HTML part in a frame."""
    found = get_mail(_folder(), message_id)
    response = make_response(render_template("devmail/message.html", message=found))
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@devmail_pages.get("/dev/mail/<message_id>/body")
def body(message_id: str) -> Response:
    """Answer with the HTML part alone, which may do nothing but look like something."""
    html = get_mail(_folder(), message_id).html
    if html is None:
        raise NotFound("This mail has no HTML part.")
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _folder() -> Path:
    return Path(current_app.config["INSTANCE"]) / "mail"
