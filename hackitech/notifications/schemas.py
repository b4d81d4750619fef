"""What the API of notifications and events reads and answers."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.core.fields import Flag, Identifier, LocalTime, QueryFlag, Schema, Text, Time
from hackitech.core.i18n import LOCALES
from hackitech.models.event import PRIORITIES
from hackitech.models.user import ROLES
from hackitech.notifications.content import MAX_MESSAGE, MAX_TITLE
from hackitech.notifications.notify import MAX_RECIPIENTS

AUDIENCES = ("recipient", "recipients", "topic", "role", "all")


class Words(ma.fields.Field):
    """A string said in every language, or one for each: {"fr": …, "en": …}."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        self._text = Text(max_length=max_length, min_length=1)
        text = {"type": "string", "minLength": 1, "maxLength": max_length}
        by_language = {
            "type": "object",
            "required": list(LOCALES),
            "additionalProperties": False,
            "properties": dict.fromkeys(LOCALES, text),
        }
        super().__init__(metadata={"anyOf": [text, by_language]}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            if set(value) != set(LOCALES):
                languages = " and ".join(LOCALES)
                raise ma.ValidationError(f"Give a string, or an object with exactly {languages}.")
            return {locale: self._text.deserialize(text) for locale, text in value.items()}
        return self._text.deserialize(value)


class _Object(ma.fields.Dict):
    """A JSON object."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=ma.fields.String(), **kwargs)


def priority_field(**kwargs: Any) -> ma.fields.String:
    return ma.fields.String(validate=validate.OneOf(PRIORITIES), **kwargs)


class ActorSchema(Schema):
    id = ma.fields.Integer()
    name = ma.fields.String()


class NotificationSchema(Schema):
    """One member's copy of an event."""

    id = ma.fields.Integer()
    recipient = ma.fields.Integer()
    actor = ma.fields.Nested(ActorSchema, allow_none=True)
    notification_type = ma.fields.String()
    title = ma.fields.String()
    message = ma.fields.String()
    action_url = ma.fields.String(allow_none=True)
    data = ma.fields.Dict()
    priority = priority_field()
    topic = ma.fields.String(allow_none=True)
    group_key = ma.fields.String(allow_none=True)
    is_read = ma.fields.Boolean()
    read_at = ma.fields.DateTime(allow_none=True)
    seen_at = ma.fields.DateTime(allow_none=True)
    archived_at = ma.fields.DateTime(allow_none=True)
    snoozed_until = ma.fields.DateTime(allow_none=True)
    acknowledge = ma.fields.Boolean(metadata={"description": "Whether it asks to be acknowledged."})
    acknowledged_at = ma.fields.DateTime(allow_none=True)
    expires_at = ma.fields.DateTime(allow_none=True)
    created_at = ma.fields.DateTime()
    surfaced_at = ma.fields.DateTime()
    event = ma.fields.Integer()


class CreateSchema(Schema):
    """One audience, and the content: in your own words, or as the type's params."""

    notification_type = Text(required=True, min_length=1, max_length=64)
    recipient = Identifier()
    recipients = ma.fields.List(Identifier(), validate=validate.Length(min=1, max=MAX_RECIPIENTS))
    topic = Text(min_length=1, max_length=100)
    role = ma.fields.String(
        validate=validate.OneOf(ROLES), metadata={"description": "All who have this role but the actor."}
    )
    all = Flag()
    title = Words(MAX_TITLE)
    message = Words(MAX_MESSAGE)
    params = _Object()
    action_url = Text(allow_none=True)
    data = _Object()
    priority = priority_field()
    actor = Identifier(allow_none=True)
    group_key = Text(max_length=200, allow_none=True)
    object = Text(max_length=200, allow_none=True)
    send_at = Time(allow_none=True)
    send_at_local = LocalTime(
        allow_none=True,
        metadata={"description": "Instead of send_at: for each recipient when their own clock shows it."},
    )
    expires_at = Time(allow_none=True)
    channels = ma.fields.List(Text(max_length=16), validate=validate.Length(min=1, max=20))
    acknowledge = Flag(metadata={"description": "Ask each to confirm that they have taken note."})

    @ma.validates_schema
    def _one_audience(self, data: dict[str, Any], **_kwargs: Any) -> None:
        given = [name for name in AUDIENCES if name in data]
        if len(given) != 1 or data.get("all") is False:
            raise ma.ValidationError(f"Give exactly one of: {', '.join(AUDIENCES)}.", "recipient")


class CreateQuery(Schema):
    dry_run = QueryFlag(
        load_default=False,
        metadata={"description": "Count what would become of whom, by the rule that decides; write nothing."},
    )


class ReadingStateSchema(Schema):
    """What a recipient may change."""

    is_read = Flag()
    archived = Flag()
    snoozed_until = Time(allow_none=True)


class ContentSchema(Schema):
    """What a sender may correct."""

    title = Words(MAX_TITLE)
    message = Words(MAX_MESSAGE)
    action_url = Text(allow_none=True)
    data = _Object()
    priority = priority_field()


class AdminChangeSchema(ReadingStateSchema, ContentSchema):
    """What an administrator may change: reading state, and what the only copy of an event says."""


class ReplaceSchema(ReadingStateSchema):
    """What a recipient's PUT says."""

    is_read = Flag(required=True)


class AdminReplaceSchema(AdminChangeSchema):
    """What an administrator's PUT says."""

    is_read = Flag(required=True)


class SnoozeSchema(Schema):
    until = Time(required=True)
