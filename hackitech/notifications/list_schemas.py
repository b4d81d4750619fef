"""What the API of lists and of actions on many reads and answers."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.core.api import CursorQuery, ListSchema
from hackitech.core.fields import Flag, Identifier, QueryFlag, QueryInteger, Schema, Text, Time
from hackitech.notifications.filters import Filters
from hackitech.notifications.schemas import NotificationSchema, priority_field

BULK_ACTIONS = ("read", "unread", "seen", "archive", "unarchive", "snooze", "unsnooze", "delete")
MAX_BULK_IDS = 1000
NOT_FOLDED = {"priority", "topic", "created_after", "created_before", "search", "group"}
"""Filters that may find one of a group and leave out the one that stands for it."""


class GroupSchema(Schema):
    """What a row of a folded list stands for."""

    events = ma.fields.Integer(metadata={"description": "Itself included; at most 1000 are counted."})
    actors = ma.fields.Integer(metadata={"description": "Different members who did it."})
    actor_names = ma.fields.List(ma.fields.String(), metadata={"description": "The last two of them."})


class ListedSchema(NotificationSchema):
    group = ma.fields.Nested(
        GroupSchema,
        allow_none=True,
        metadata={"description": "In a folded list, for what is unread and has a group key."},
    )


class NotificationListSchema(ListSchema):
    results = ma.fields.Nested(ListedSchema, many=True)


def group_field() -> Text:
    """Return the filter for the unread ones of a group."""
    return Text(min_length=1, max_length=200, metadata={"description": "The unread ones of this group."})


def check_group(filters: dict[str, Any]) -> None:
    """Refuse to look for a group elsewhere than among what is unread.

    Raises:
        ValidationError
    """
    if "group" in filters and (filters.get("is_read") or filters["archived"] or filters["snoozed"]):
        raise ma.ValidationError("Of what is unread only.", "group")


class FilterFields(Schema):
    """The list's filters, as they stand in a query string."""

    notification_type = ma.fields.List(Text(max_length=64), metadata={"description": "Repeatable."})
    is_read = QueryFlag()
    priority = priority_field()
    topic = Text(max_length=100)
    archived = QueryFlag(load_default=False)
    snoozed = QueryFlag(load_default=False)
    created_after = Time()
    created_before = Time()
    search = Text(max_length=200, metadata={"description": "In title and message, without case and accents."})
    group = group_field()


class NotificationQuery(FilterFields, CursorQuery):
    folded = QueryFlag(
        load_default=False,
        metadata={"description": "Of the unread ones of a group, list the newest alone, with its `group`."},
    )
    ordering = ma.fields.String(
        load_default="-created_at", validate=validate.OneOf(["-created_at", "created_at"])
    )

    @ma.validates_schema
    def _unread_ones(self, data: dict[str, Any], **_kwargs: Any) -> None:
        check_group(data)
        others = data.keys() & NOT_FOLDED
        if data["folded"] and (others or data["archived"] or data["snoozed"]):
            raise ma.ValidationError("Goes with notification_type, is_read and recipient only.", "folded")


class AnyNotificationQuery(NotificationQuery):
    recipient = QueryInteger(metadata={"description": "One member's: administrators only."})


class BodyFilters(Schema):
    """The list's filters, in a body."""

    notification_type = ma.fields.List(Text(max_length=64), validate=validate.Length(max=100))
    is_read = Flag()
    priority = priority_field()
    topic = Text(max_length=100)
    archived = Flag(load_default=False)
    snoozed = Flag(load_default=False)
    created_after = Time()
    created_before = Time()
    search = Text(max_length=200)
    group = group_field()

    @ma.validates_schema
    def _unread_ones(self, data: dict[str, Any], **_kwargs: Any) -> None:
        check_group(data)


def filters_from(values: dict[str, Any], ids: list[int] | None = None) -> Filters:
    """Return the filters that a query string or body names."""
    names = (
        "is_read",
        "priority",
        "topic",
        "archived",
        "snoozed",
        "created_after",
        "created_before",
        "search",
        "group",
    )
    return Filters(
        types=tuple(values.get("notification_type") or ()),
        ids=None if ids is None else tuple(ids),
        **{name: values[name] for name in names if name in values},
    )


class MarkAllSchema(BodyFilters):
    up_to = Identifier(metadata={"description": "The newest on screen: it and all older ones."})


class BulkSchema(Schema):
    action = ma.fields.String(required=True, validate=validate.OneOf(BULK_ACTIONS))
    ids = ma.fields.List(Identifier(), validate=validate.Length(min=1, max=MAX_BULK_IDS))
    filters = ma.fields.Nested(BodyFilters)
    up_to = Identifier()
    until = Time()

    @ma.validates_schema
    def _one_selection(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("ids" in data) == ("filters" in data):
            raise ma.ValidationError("Give either ids or filters.", "ids")
        if (data["action"] == "snooze") != ("until" in data):
            raise ma.ValidationError("Goes with snooze, and only with it.", "until")
        if "up_to" in data and "ids" in data:
            raise ma.ValidationError("Goes with filters.", "up_to")


class UndoSchema(Schema):
    undo_token = Text(required=True, min_length=1, max_length=20)


class UpdatedSchema(Schema):
    updated = ma.fields.Integer()
    unread_count = ma.fields.Integer()


class BulkResultSchema(UpdatedSchema):
    undo_token = ma.fields.String()


class DeletedSchema(Schema):
    deleted = ma.fields.Integer()


class UnreadCountSchema(Schema):
    unread_count = ma.fields.Integer()
    by_type = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
