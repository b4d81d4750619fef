"""What the API of devices reads and answers."""

import re
from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.channels.webhook import check_url
from hackitech.channels.webpush import check_endpoint, check_keys
from hackitech.core.api import ListSchema
from hackitech.core.fields import Identifier, Schema, Text, Time
from hackitech.models.device import KINDS

FIELDS = {"webpush": {"endpoint", "keys"}, "fcm": {"token"}, "apns": {"token"}, "webhook": {"endpoint"}}
"""By kind, what says where it is."""
LONGEST_NAME = 100
TOKEN = re.compile(r"[A-Za-z0-9_:.-]{1,4096}")
"""Providers take it as a part of a path, so it holds nothing that means something there."""


Errors = dict[str, list[str]]


class KeysSchema(Schema):
    """What a browser's subscription is encrypted for."""

    p256dh = Text(required=True, max_length=200)
    auth = Text(required=True, max_length=100)


def _check_token(token: str) -> None:
    if not TOKEN.fullmatch(token):
        raise ma.ValidationError("Must be letters, digits and _ : . - only, at most 4,096.")


class RegistrationSchema(Schema):
    """A browser's subscription (`endpoint` and `keys`), an app's `token`, or a webhook's URL (`endpoint`)."""

    kind = ma.fields.String(required=True, validate=validate.OneOf(KINDS))
    name = Text(load_default="", max_length=LONGEST_NAME)
    endpoint = Text(
        metadata={
            "description": "For `webpush`: of a push service that is known. For `webhook`: any https URL."
        }
    )
    keys = ma.fields.Nested(KeysSchema, metadata={"description": "For `webpush`."})
    token = ma.fields.String(
        validate=_check_token,
        metadata={"description": "For `fcm` and `apns`.", "pattern": f"^{TOKEN.pattern}$"},
    )

    @ma.validates_schema
    def check_address(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a device that nothing could be sent to."""
        kind, errors = data["kind"], Errors()
        for name in ("endpoint", "keys", "token"):
            if name in FIELDS[kind] and name not in data:
                errors[name] = ["Missing data for required field."]
            elif name in data and name not in FIELDS[kind]:
                errors[name] = [f"Not for {kind}."]
        if kind in CHECKS and not errors:
            errors = CHECKS[kind](data)
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
    """A device; what could reach it is not shown."""

    id = Identifier()
    kind = ma.fields.String(validate=validate.OneOf(KINDS))
    name = ma.fields.String()
    created_at = Time()
    disabled_at = Time(
        allow_none=True, metadata={"description": "When its push service or receiver said that it is gone."}
    )


class NewDeviceSchema(DeviceSchema):
    """A device that was registered just now."""

    secret = ma.fields.String(
        metadata={"description": "For `webhook`, this once: what our requests to it are signed with."}
    )

    @ma.post_dump
    def leave_out_what_is_not_there(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Speak of a secret only where there is one."""
        return {name: value for name, value in data.items() if name != "secret" or value}


class DeviceListSchema(ListSchema):
    results = ma.fields.Nested(DeviceSchema, many=True)


class VapidKeySchema(Schema):
    public_key = ma.fields.String(metadata={"description": "For `PushManager.subscribe`, in base64url."})


def _webpush_errors(data: dict[str, Any]) -> Errors:
    errors = {}
    try:
        check_endpoint(data["endpoint"])
    except ValueError as error:
        errors["endpoint"] = [f"The endpoint {error}."]
    try:
        check_keys(data["keys"]["p256dh"], data["keys"]["auth"])
    except ValueError as error:
        errors["keys"] = [f"{error}."]
    return errors


def _webhook_errors(data: dict[str, Any]) -> Errors:
    try:
        check_url(data["endpoint"])
    except ValueError as error:
        return {"endpoint": [f"The endpoint {error}."]}
    return {}


CHECKS: dict[str, Callable[[dict[str, Any]], Errors]] = {
    "webpush": _webpush_errors,
    "webhook": _webhook_errors,
}
