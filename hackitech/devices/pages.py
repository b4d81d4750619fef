"""The page of devices: this browser, phones and webhooks."""

from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from hackitech.core.errors import Conflict
from hackitech.core.json_input import check_text
from hackitech.core.web import is_fragment_request, login_required_page, see_other, toast
from hackitech.devices import service, trial_service
from hackitech.devices.devices_view import device_context, devices_context, registration_context
from hackitech.devices.schemas import LONGEST_NAME, RegistrationSchema
from hackitech.models.device import WEBHOOK

devices_pages = Blueprint("devices_pages", __name__)

Answer = Response | str | tuple[str, int]


@devices_pages.get("/devices")
@login_required_page
def devices() -> str:
    """Show where notifications reach the member besides the inbox and email."""
    if is_fragment_request():
        return render_template("devices/_list.html", **devices_context())
    return _page()


@devices_pages.post("/devices")
@login_required_page
def add_webhook() -> Answer:
    """Add a webhook and show its secret, this once; or say what is wrong."""
    form = {name: request.form.get(name, "").strip() for name in ("name", "endpoint")}
    try:
        registration: service.Registration = RegistrationSchema().load({"kind": WEBHOOK, **form})
        device, is_new = service.register_device(current_user.id, registration)
    except ma.ValidationError as error:
        wrong = error.messages if isinstance(error.messages, dict) else {}
        return _page(form, {field: _sentence(field) for field in wrong}), 422
    except Conflict:
        return _page(form, {"": _("You have as many devices as one may have. Remove one first.")}), 409
    if not is_new:
        return _done(_("You had this webhook already; it is called again if it was not any more."))
    return _page(added=device)


@devices_pages.post("/devices/<id:device_id>/rename")
@login_required_page
def rename(device_id: int) -> Answer:
    """Call a device something else."""
    name = request.form.get("name", "").strip()[:LONGEST_NAME]
    check_text(name)
    service.rename_device(device_id, current_user.id, name)
    return _done(_("Renamed."))


@devices_pages.post("/devices/<id:device_id>/test")
@login_required_page
def test(device_id: int) -> Answer:
    """Send a notification to this device alone."""
    trial_service.send_test(device_id, current_user.id)
    return _done(_("A test is on its way to this device."))


@devices_pages.post("/devices/<id:device_id>/remove")
@login_required_page
def remove(device_id: int) -> Answer:
    """Forget a device."""
    service.remove_device(device_id, current_user.id)
    return _done(_("Removed. Nothing reaches it any more."))


@devices_pages.get("/devices/<id:device_id>/state")
@login_required_page
def state(device_id: int) -> Answer:
    """Show what became of the last notification to a device, to the page that waits for it."""
    if not is_fragment_request():
        return see_other(url_for("devices_pages.devices"))
    return render_template("devices/_state.html", waited=True, **device_context(device_id))


@devices_pages.get("/devices/registration")
@login_required_page
def registration() -> Response:
    """Tell the service worker what it needs to register anew: its key, its name, and the CSRF token."""
    return jsonify({**registration_context(), "csrf_token": generate_csrf()})


def _page(form: dict[str, str] | None = None, errors: dict[str, str] | None = None, added: Any = None) -> str:
    return render_template(
        "devices/devices.html",
        form=form or {},
        errors=errors or {},
        added=added,
        longest_name=LONGEST_NAME,
        **registration_context(),
        **devices_context(),
    )


def _done(said: str) -> Answer:
    if not is_fragment_request():
        toast(said)
        return see_other(url_for("devices_pages.devices"))
    say = {"text": said, "kind": "ok", "undo_token": None}
    return render_template("devices/_answer.html", toast=say, **devices_context())


def _sentence(field: str) -> str:
    if field == "endpoint":
        return _("Give an https address that can be reached from the internet, without a port or a password.")
    return _("A name has at most %(most)s characters.", most=LONGEST_NAME)
