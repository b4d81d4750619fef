"""What the API of devices reads and answers."""

import re
from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.channels.webpush import check_endpoint, check_keys
from hackitech.core.api import ListSchema
from hackitech.core.fields import Identifier, Schema, Text, Time
from hackitech.models.device import KINDS

WEBPUSH = KINDS[0]
BROWSER_FIELDS: tuple[str, ...] = ("endpoint", "keys")
APP_FIELDS: tuple[str, ...] = ("token",)
TOKEN = re.compile(r"[A-Za-z0-9_:.-]{1,4096}")
"""Providers take it as a part of a path, so it holds nothing that means something there."""


class KeysSchema(Schema):
    """What a browser's subscription is encrypted for."""

    p256dh = Text(required=True, max_length=200)
    auth = Text(required=True, max_length=100)


def _check_token(token: str) -> None:
    if not TOKEN.fullmatch(token):
        raise ma.ValidationError("Must be letters, digits and _ : . - only, at most 4,096.")


class RegistrationSchema(Schema):
    """A browser's subscription (`endpoint` and `keys`), or an app's `token`."""

    kind = ma.fields.String(required=True, validate=validate.OneOf(KINDS))
    name = Text(load_default="", max_length=100)
    endpoint = Text(metadata={"description": "For `webpush`: of a push service that is known."})
    keys = ma.fields.Nested(KeysSchema, metadata={"description": "For `webpush`."})
    token = ma.fields.String(
        validate=_check_token,
        metadata={"description": "For `fcm` and `apns`.", "pattern": f"^{TOKEN.pattern}$"},
    )

    @ma.validates_schema
    def check_address(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a device that nothing could be sent to."""
        needed, other = BROWSER_FIELDS, APP_FIELDS
        if data["kind"] != WEBPUSH:
            needed, other = other, needed
        errors = {name: ["Missing data for required field."] for name in needed if name not in data}
        errors |= {name: [f"Not for {data['kind']}."] for name in other if name in data}
        if data["kind"] == WEBPUSH and not errors:
            errors = _webpush_errors(data["endpoint"], data["keys"])
        if errors:
            raise ma.ValidationError(errors)

    @ma.post_load
    def flatten(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Return the columns: one address, whatever the kind."""
        keys = data.get("keys", {})
        return {
            "kind": data["kind"],
            "name": data["name"],
            "address": data.get("endpoint") or data.get("token"),
            "p256dh": keys.get("p256dh"),
            "auth": keys.get("auth"),
        }


class DeviceSchema(Schema):
    """A device; what could reach it is never shown."""

    id = Identifier()
    kind = ma.fields.String(validate=validate.OneOf(KINDS))
    name = ma.fields.String()
    created_at = Time()
    disabled_at = Time(
        allow_none=True, metadata={"description": "When its push service said that it is gone."}
    )


class DeviceListSchema(ListSchema):
    results = ma.fields.Nested(DeviceSchema, many=True)


class VapidKeySchema(Schema):
    public_key = ma.fields.String(metadata={"description": "For `PushManager.subscribe`, in base64url."})


def _webpush_errors(endpoint: str, keys: dict[str, str]) -> dict[str, list[str]]:
    errors = {}
    try:
        check_endpoint(endpoint)
    except ValueError as error:
        errors["endpoint"] = [f"The endpoint {error}."]
    try:
        check_keys(keys["p256dh"], keys["auth"])
    except ValueError as error:
        errors["keys"] = [f"{error}."]
    return errors
