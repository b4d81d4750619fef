"""What the page of devices shows: each with what became of its last notification, and this browser's name."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.channels.vapid import vapid_public_key
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.i18n import N_
from hackitech.devices import queries
from hackitech.models.device import WEBHOOK
from hackitech.models.rules import Rule
from hackitech.models.statuses import Status

Context = dict[str, Any]
ICON, LABEL, GONE = "icon", "kind_label", "gone"
KINDS = {
    "webpush": {ICON: "globe", LABEL: N_("Browser"), GONE: N_("The browser ended it.")},
    "fcm": {ICON: "phone", LABEL: N_("Android app"), GONE: N_("The app was removed or signed out.")},
    "apns": {ICON: "phone", LABEL: N_("iPhone or iPad app"), GONE: N_("The app was removed or signed out.")},
    WEBHOOK: {ICON: "external", LABEL: N_("Webhook"), GONE: N_("It answered that it is gone (410).")},
}
"""How devices are told apart, and why those of a kind are not written to any more."""
MARK = 16
"""So much of an address's hash lets a browser find itself in the list."""
ON_ITS_WAY = (Status.CREATED, Status.QUEUED, Status.SENDING)
WATCHED_FOR = dt.timedelta(minutes=1)
"""How long the page waits for the end of what is on its way."""
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}
"""What is read in a User-Agent, the first that is found: browsers name others for the sake of old sites."""


def devices_context() -> Context:
    """Return what `_list.html` shows."""
    rows = db.session.execute(queries.devices_to_present(current_user.id)).all()
    last = queries.last_deliveries(current_user.id, [row.id for row in rows])
    return {"devices": [_device(row, last.get(row.id)) for row in rows]}


def device_context(device_id: int) -> Context:
    """Return what `_state.html` shows.

    Raises:
        NotFound: no such device, or it is somebody else's.
    """
    device = queries.get_device(device_id, current_user.id)
    last = queries.last_deliveries(current_user.id, [device_id])
    return {"device": _device(device, last.get(device_id))}


def registration_context() -> dict[str, str]:
    """Return what this browser registers with: the site's key, and its name."""
    return {"public_key": vapid_public_key(), "name": browser_name(request.user_agent.string)}


def browser_name(user_agent: str) -> str:
    """Return what somebody would call a browser: « Firefox, Linux »."""
    found = (
        next((name for sign, name in names.items() if sign in user_agent), "")
        for names in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, found)) or _("Browser")


def _device(row: Any, last: Context | None) -> Context:
    kind = KINDS[row.kind]
    return {
        "id": row.id,
        "icon": kind[ICON],
        "kind_label": _(kind[LABEL]),
        "name": row.name or _(kind[LABEL]),
        "host": urlsplit(row.address).hostname if row.kind == WEBHOOK else None,
        "mark": row.address_hash[:MARK],
        "created_at": row.created_at,
        "disabled_at": row.disabled_at,
        "gone": _(kind[GONE]),
        "last": last and _last(last),
    }


def _last(last: Context) -> Context:
    status, unset = Status(last["status"]), last["rule"] == Rule.TRANSPORT_UNAVAILABLE
    return {
        "status": status,
        "at": last["updated_at"],
        "detail": _("This server is not set up to reach this kind of device.") if unset else last["detail"],
        "on_its_way": status in ON_ITS_WAY and clock.now() - last["created_at"] < WATCHED_FOR,
    }
