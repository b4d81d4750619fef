"""Devices over JSON."""

from typing import Any

from flask_login import current_user

from hackitech.channels.vapid import vapid_public_key
from hackitech.core.api import ApiBlueprint, CursorQuery, page_links, requires
from hackitech.devices import queries, schemas, service

devices = ApiBlueprint("devices", __name__, url_prefix="/api/notifications/devices")


@devices.get("/")
@requires("read")
@devices.arguments(CursorQuery, location="query")
@devices.response(200, schemas.DeviceListSchema)
def list_devices(query: dict[str, Any]) -> dict[str, Any]:
    """List the caller's browsers, phones and webhooks."""
    rows = queries.devices_of(current_user.id)
    page = queries.NEWEST_FIRST.page(rows, query.get("cursor"), query["page_size"])
    return {**page_links(page.next, page.previous), "results": page.rows}


@devices.post("/")
@requires("write")
@devices.arguments(schemas.RegistrationSchema)
@devices.response(201, schemas.NewDeviceSchema)
@devices.alt_response(200, schema=schemas.DeviceSchema, description="It was the caller's already.")
@devices.alt_response(409, description="The caller has as many devices as one may have.")
def register_device(registration: service.Registration) -> tuple[dict[str, Any], int]:
    """Register a browser, phone or webhook, or renew one's own."""
    device, is_new = service.register_device(current_user.id, registration)
    shown = {column.key: getattr(device, column.key) for column in queries.SHOWN}
    return shown | {"secret": device.secret if is_new else None}, 201 if is_new else 200


@devices.delete("/<id:device_id>/")
@requires("write")
@devices.response(204)
def remove_device(device_id: int) -> None:
    """Forget one of the caller's devices."""
    service.remove_device(device_id, current_user.id)


@devices.get("/vapid_key/")
@requires("read")
@devices.response(200, schemas.VapidKeySchema)
def vapid_key() -> dict[str, str]:
    """Read the key that browsers subscribe with."""
    return {"public_key": vapid_public_key()}
