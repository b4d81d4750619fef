"""The JSON API of a member's notifications."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify, request
from flask_login import current_user

from hackitech.core.api import ApiBlueprint, check_if_match, flatten, page_links, requires
from hackitech.core.database import db
from hackitech.core.errors import Invalid
from hackitech.core.json_input import read_json
from hackitech.notifications import queries, service
from hackitech.notifications.explanation import explain, explain_all
from hackitech.notifications.folding_queries import folded_page, groups_of
from hackitech.notifications.list_schemas import (
    AnyNotificationQuery,
    BulkResultSchema,
    BulkSchema,
    DeletedSchema,
    MarkAllSchema,
    NotificationListSchema,
    NotificationQuery,
    UndoSchema,
    UnreadCountSchema,
    UpdatedSchema,
    filters_from,
)
from hackitech.notifications.missing_queries import select_missing
from hackitech.notifications.presentation import present
from hackitech.notifications.schemas import (
    AdminChangeSchema,
    AdminReplaceSchema,
    ContentSchema,
    NotificationSchema,
    ReadingStateSchema,
    ReplaceSchema,
    SnoozeSchema,
)
from hackitech.notifications.why_schemas import MissingListSchema, MissingQuery, WhySchema

blp = ApiBlueprint(
    "notifications", __name__, url_prefix="/api/notifications", description="A member's inbox."
)
CONTENT = tuple(ContentSchema().fields)
OTHER_COPIES = "Others received it too: its content is the event's."
ACTIONS = {
    "mark_as_read": "read",
    "mark_as_unread": "unread",
    "mark_as_seen": "seen",
    "archive": "archive",
    "unarchive": "unarchive",
    "unsnooze": "unsnooze",
}


@blp.get("/notifications/")
@requires("read")
@blp.arguments(AnyNotificationQuery, location="query")
@blp.response(200, NotificationListSchema)
def list_notifications(query: dict[str, Any]) -> Response:
    """List notifications, newest first: one's own; for an administrator, everybody's."""
    recipient_id = query.pop("recipient", None)
    if not current_user.sees_all:
        if recipient_id not in (None, current_user.id):
            raise Invalid({"recipient": ["For administrators only."]})
        recipient_id = current_user.id
    return _list(query, recipient_id)


@blp.get("/notifications/my_notifications/")
@requires("read")
@blp.arguments(NotificationQuery, location="query")
@blp.response(200, NotificationListSchema)
def list_my_notifications(query: dict[str, Any]) -> Response:
    """List one's own notifications, newest first."""
    return _list(query, current_user.id)


def _list(query: dict[str, Any], recipient_id: int | None) -> Response:
    order = queries.by_creation if recipient_id is None else queries.by_surfacing
    keyset, filters = order(ascending=query["ordering"] == "created_at"), filters_from(query)
    cursor, size, locale = query.get("cursor"), query["page_size"], current_user.locale
    if query["folded"]:
        page = folded_page(filters, recipient_id, keyset, cursor, size)
    else:
        page = keyset.page(queries.select_notifications(filters, recipient_id), cursor, size)
    groups = groups_of(db.session(), page.rows, filters.types) if query["folded"] else {}
    results = [
        {**present(row, locale), "group": groups[row.id].as_json() if row.id in groups else None}
        for row in page.rows
    ]
    return jsonify({**page_links(page.next, page.previous), "results": results})


@blp.get("/notifications/unread_count/")
@requires("read")
@blp.response(200, UnreadCountSchema)
def unread_count() -> Response:
    """Count one's unread notifications."""
    counts = queries.mailbox_counts(db.session(), current_user.id)
    by_type = {key: count["unread"] for key, count in counts.items() if count["unread"]}
    return jsonify({"unread_count": sum(by_type.values()), "by_type": by_type})


@blp.get("/suppressed/")
@requires("read")
@blp.arguments(MissingQuery, location="query")
@blp.response(200, MissingListSchema)
def list_suppressed(query: dict[str, Any]) -> Response:
    """List one's own of the last 30 days that did not come, or not everywhere: why, channel by channel.

    Suppressed, cancelled, expired, failed or still held; of a thousand notifications, the newest.
    """
    wanted = select_missing(current_user.id, query["channel"])
    page = queries.by_surfacing().page(wanted, query.get("cursor"), query["page_size"])
    reasons = explain_all(db.session(), page.rows)
    locale = current_user.locale
    results = [{**present(row, locale), "channels": why} for row, why in zip(page.rows, reasons, strict=True)]
    return jsonify({**page_links(page.next, page.previous), "results": results})


@blp.post("/notifications/mark_all_as_read/")
@requires("write")
@blp.arguments(MarkAllSchema, required=False)
@blp.response(200, UpdatedSchema)
def mark_all_as_read(body: dict[str, Any]) -> Response:
    """Mark as read all that the filters show, up to a notification."""
    updated = service.mark_all_as_read(current_user.id, filters_from(body), body.get("up_to"))
    return _updated(updated)


@blp.post("/notifications/bulk/")
@requires("write")
@blp.arguments(BulkSchema)
@blp.response(200, BulkResultSchema)
def bulk(body: dict[str, Any]) -> Response:
    """Change many at once, by id or by filter; the answer's token undoes it."""
    filters = filters_from(body.get("filters") or {}, body.get("ids"))
    updated, token = service.bulk(
        current_user.id, body["action"], filters, body.get("up_to"), body.get("until")
    )
    return _updated(updated, undo_token=token)


@blp.post("/notifications/bulk/undo/")
@requires("write")
@blp.arguments(UndoSchema)
@blp.response(200, UpdatedSchema)
def undo_bulk(body: dict[str, Any]) -> Response:
    """Restore what a bulk action changed and nobody has changed since."""
    return _updated(service.undo(current_user.id, body["undo_token"]))


@blp.delete("/notifications/delete_all_read/")
@requires("write")
@blp.response(200, DeletedSchema)
def delete_all_read() -> Response:
    """Delete what is read; archived ones stay."""
    return jsonify({"deleted": service.delete_all_read(current_user.id)})


def _updated(updated: int, **more: Any) -> Response:
    unread = queries.unread_count(db.session(), current_user.id)
    return jsonify({"updated": updated, "unread_count": unread, **more})


@blp.get("/notifications/<id:notification_id>/")
@requires("read")
@blp.response(200, NotificationSchema)
def get_notification(notification_id: int) -> Response:
    """Read one notification."""
    return _answer(queries.get_notification(db.session(), notification_id, _whose()))


@blp.put("/notifications/<id:notification_id>/")
@requires("write")
@blp.doc(requestBody={"content": {"application/json": {"schema": AdminReplaceSchema}}, "required": True})
@blp.response(200, NotificationSchema)
@blp.alt_response(409, description=OTHER_COPIES)
def put_notification(notification_id: int) -> Response:
    """Set the reading state, of which `is_read` is required; for an administrator as PATCH."""
    return _change(notification_id, _read_body(ReplaceSchema(), AdminReplaceSchema()))


@blp.patch("/notifications/<id:notification_id>/")
@requires("write")
@blp.doc(requestBody={"content": {"application/json": {"schema": AdminChangeSchema}}})
@blp.response(200, NotificationSchema)
@blp.alt_response(409, description=OTHER_COPIES)
def patch_notification(notification_id: int) -> Response:
    """Change the reading state; an administrator also corrects the content of an only copy."""
    return _change(notification_id, _read_body(ReadingStateSchema(), AdminChangeSchema()))


def _read_body(for_owner: ma.Schema, for_admin: ma.Schema) -> dict[str, Any]:
    schema = for_admin if current_user.sees_all else for_owner
    try:
        loaded: dict[str, Any] = schema.load(read_json(request))
    except ma.ValidationError as error:
        raise Invalid(flatten(error.messages)) from None
    return loaded


def _change(notification_id: int, body: dict[str, Any]) -> Response:
    editor_id = current_user.id
    content = {name: body.pop(name) for name in CONTENT if name in body}
    if content:
        return _answer(service.correct(notification_id, editor_id, body, content, _expect))
    return _answer(service.change(notification_id, _whose(), editor_id, body, _expect))


def _expect(row: Any) -> None:
    check_if_match(present(row, current_user.locale))


@blp.delete("/notifications/<id:notification_id>/")
@requires("write")
@blp.response(204)
def delete_notification(notification_id: int) -> None:
    """Delete one notification."""
    service.delete(notification_id, _whose(), current_user.id, _expect)


def _act(notification_id: int, action: str) -> Response:
    return _answer(service.act(notification_id, current_user.id, ACTIONS[action]))


def _define_action(action: str) -> None:
    """Define the view of one action; they differ by name alone."""

    def view(notification_id: int) -> Response:
        return _act(notification_id, action)

    view.__name__ = action
    view.__doc__ = f"{action.replace('_', ' ').capitalize()}: one's own; twice is the same as once."
    documented = blp.response(200, NotificationSchema)(view)
    blp.route(f"/notifications/<id:notification_id>/{action}/", methods=["POST"])(
        requires("write")(documented)
    )


for _action in ACTIONS:
    _define_action(_action)


@blp.post("/notifications/<id:notification_id>/acknowledge/")
@requires("write")
@blp.response(200, NotificationSchema)
@blp.alt_response(409, description="It does not ask to be acknowledged.")
def acknowledge(notification_id: int) -> Response:
    """Confirm that one has taken note, which also marks as read; twice is the same as once."""
    return _answer(service.acknowledge(notification_id, current_user.id))


@blp.post("/notifications/<id:notification_id>/snooze/")
@requires("write")
@blp.arguments(SnoozeSchema)
@blp.response(200, NotificationSchema)
def snooze(body: dict[str, Any], notification_id: int) -> Response:
    """Hide one notification until a time, when it comes back unread and on top."""
    return _answer(service.snooze(notification_id, current_user.id, body["until"]))


@blp.get("/notifications/<id:notification_id>/why/")
@requires("read")
@blp.response(200, WhySchema)
def why(notification_id: int) -> Response:
    """Explain, channel by channel, why it did or did not go."""
    row = queries.get_notification(db.session(), notification_id, _whose())
    return jsonify({"channels": explain(db.session(), row)})


def _whose() -> int | None:
    return None if current_user.sees_all else current_user.id


def _answer(row: Any) -> Response:
    return jsonify(present(row, current_user.locale))
