"""The JSON API of those who send: create, follow, correct, cancel, retract."""

from typing import Any

from flask import Response, jsonify, request
from flask_login import current_user

from hackitech.core.api import ApiBlueprint, check_if_match, requires
from hackitech.core.database import db
from hackitech.core.errors import Forbidden
from hackitech.core.kill_points import kill_point
from hackitech.notifications import event_service
from hackitech.notifications.content import NotifyFields
from hackitech.notifications.dry_run_service import dry_run
from hackitech.notifications.event_queries import get_event as read_event
from hackitech.notifications.event_queries import present_event
from hackitech.notifications.event_schemas import (
    CancelledEventSchema,
    DryRunSchema,
    EventSchema,
    RetractedSchema,
    RetractSchema,
)
from hackitech.notifications.idempotency import Request
from hackitech.notifications.schemas import ContentSchema, CreateQuery, CreateSchema, NotificationSchema

blp = ApiBlueprint("events", __name__, url_prefix="/api/notifications", description="Sending.")
ENDED = "It was cancelled or retracted, or everything has left."
KEY_HEADER = {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 255}}


@blp.post("/notifications/")
@requires("send")
@blp.arguments(CreateQuery, location="query")
@blp.arguments(CreateSchema)
@blp.doc(parameters=[KEY_HEADER])
@blp.response(201, NotificationSchema, description="For one `recipient`, at once.")
@blp.alt_response(200, schema=DryRunSchema, description="What `dry_run` would do; nothing is written.")
@blp.alt_response(202, schema=EventSchema, description="For every other audience, and for later.")
@blp.alt_response(409, description="A request with this Idempotency-Key is still being answered.")
def create_notification(query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Notify one member, several, a topic or everybody."""
    single = "recipient" in body
    if single:
        body["recipients"] = [body.pop("recipient")]
    fields: NotifyFields = {**body, "sender_id": current_user.id}  # type: ignore[typeddict-item]
    notification_type = fields.pop("notification_type")  # type: ignore[typeddict-item]
    if query["dry_run"]:
        return jsonify(dry_run(notification_type, fields, single=single))
    answer = event_service.create(
        notification_type, fields, current_user.locale, _repeatable(), single=single
    )
    kill_point("web.before_response")
    response = jsonify(answer.body)
    response.status_code = answer.status
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _repeatable() -> Request | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    return Request(current_user.id, "POST notifications", key, request.get_json())


@blp.get("/events/<id:event_id>/")
@requires("read")
@blp.response(200, EventSchema)
def get_event(event_id: int) -> Response:
    """Follow an event: how far it has come, and what became of each channel."""
    return _answer(read_event(db.session(), event_id, _sender()))


@blp.patch("/events/<id:event_id>/")
@requires("write")
@blp.arguments(ContentSchema)
@blp.response(200, EventSchema)
def patch_event(body: dict[str, Any], event_id: int) -> Response:
    """Correct what an event says, in all its copies."""
    return _answer(event_service.edit_event(event_id, _sender(), current_user.id, body, _expect))


def _expect(event: Any) -> None:
    if "If-Match" in request.headers:  # or every copy would be counted for nothing
        check_if_match(present_event(db.session(), event, current_user.locale))


@blp.post("/events/<id:event_id>/cancel/")
@requires("write")
@blp.response(200, CancelledEventSchema)
def cancel_event(event_id: int) -> Response:
    """Stop an event; the answer says how many deliveries were stopped, and which had left."""
    event, stopped = event_service.cancel_event(event_id, _sender())
    return jsonify({**present_event(db.session(), event, current_user.locale), **stopped.as_json()})


@blp.post("/events/<id:event_id>/pause/")
@requires("write")
@blp.response(200, EventSchema)
@blp.alt_response(409, description=ENDED)
def pause_event(event_id: int) -> Response:
    """Pause an event: nobody further is told, and what has not left waits; twice is the same as once."""
    return _answer(event_service.pause_event(event_id, _sender(), current_user.id))


@blp.post("/events/<id:event_id>/resume/")
@requires("write")
@blp.response(200, EventSchema)
@blp.alt_response(409, description=ENDED)
def resume_event(event_id: int) -> Response:
    """Go on with a paused event where it was; twice is the same as once."""
    return _answer(event_service.resume_event(event_id, _sender(), current_user.id))


@blp.post("/events/retract/")
@requires("write")
@blp.arguments(RetractSchema)
@blp.response(200, RetractedSchema)
def retract(body: dict[str, Any]) -> Response:
    """Withdraw one's events about an object, from every channel and inbox."""
    if not current_user.scopes & {"send", "admin"}:
        raise Forbidden("This needs the scope 'send'.")
    events, stopped = event_service.retract(body["object"], _sender())
    return jsonify({"events": events, **stopped.as_json()})


def _sender() -> int | None:
    return None if current_user.sees_all else current_user.id


def _answer(event: Any) -> Response:
    return jsonify(present_event(db.session(), event, current_user.locale))
