"""What the caller has muted, over JSON."""

from typing import Any

import marshmallow as ma
from flask_login import current_user

from hackitech.core.api import ApiBlueprint, requires
from hackitech.core.fields import Schema, Text, Time
from hackitech.topics import mute_service

mutes = ApiBlueprint("mutes", __name__, url_prefix="/api/notifications/mutes")
LONGEST_OBJECT = 200


class MuteSchema(Schema):
    """One thing, as events name their `object`, and until when the caller does not hear of it."""

    object = Text(required=True, min_length=1, max_length=LONGEST_OBJECT)
    muted_until = Time(required=True, metadata={"description": "In the future."})


class MutesSchema(Schema):
    results = ma.fields.Nested(MuteSchema, many=True)


class ObjectQuery(Schema):
    """Which thing."""

    object = Text(required=True, min_length=1, max_length=LONGEST_OBJECT)


@mutes.get("/")
@requires("read")
@mutes.response(200, MutesSchema)
def list_mutes() -> dict[str, Any]:
    """List what the caller has muted."""
    return {"results": mute_service.mutes_of(current_user.id)}


@mutes.put("/")
@requires("write")
@mutes.arguments(MuteSchema)
@mutes.response(200, MuteSchema)
def mute_object(body: dict[str, Any]) -> dict[str, Any]:
    """Mute one thing until a time; mandatory notifications about it still come."""
    mute_service.mute_object(current_user.id, body["object"], body["muted_until"])
    return body


@mutes.delete("/")
@requires("write")
@mutes.arguments(ObjectQuery, location="query")
@mutes.response(204)
def unmute_object(query: dict[str, Any]) -> None:
    """Hear of one thing again."""
    mute_service.unmute_object(current_user.id, query["object"])
