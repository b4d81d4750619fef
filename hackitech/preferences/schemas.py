"""What the API of preferences and types reads and answers."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.core.api import CursorQuery, ListSchema
from hackitech.core.fields import (
    Flag,
    Identifier,
    Localized,
    QueryFlag,
    QueryInteger,
    Schema,
    Text,
)
from hackitech.models.preference import DIRECT, FREQUENCIES

TYPE_KEY, CHANNEL_KEY = 64, 16
"""The longest keys."""


def _frequency(**kwargs: Any) -> ma.fields.String:
    said = "At once, or in a summary; what is mandatory, and the inbox, are always `direct`."
    return ma.fields.String(validate=validate.OneOf(FREQUENCIES), metadata={"description": said}, **kwargs)


class PreferenceSchema(Schema):
    """A stored choice."""

    id = Identifier()
    user = Identifier(attribute="user_id")
    notification_type = ma.fields.String()
    channel = ma.fields.String()
    enabled = ma.fields.Boolean()
    frequency = ma.fields.String()


class PreferenceListSchema(ListSchema):
    results = ma.fields.Nested(PreferenceSchema, many=True)


class PreferenceQuery(CursorQuery):
    """What narrows the list of stored choices."""

    notification_type = Text(max_length=TYPE_KEY)
    channel = Text(max_length=CHANNEL_KEY)
    enabled = QueryFlag()
    user = QueryInteger(
        attribute="user_id", metadata={"description": "Somebody else's: administrators only."}
    )


class ChoiceSchema(Schema):
    """What a member wants of one type on one channel."""

    notification_type = Text(required=True, max_length=TYPE_KEY)
    channel = Text(required=True, max_length=CHANNEL_KEY)
    enabled = Flag(required=True)
    frequency = _frequency()


class ReplaceSchema(Schema):
    """A stored choice anew."""

    enabled = Flag(required=True)
    frequency = _frequency(load_default=DIRECT)


class ChangeSchema(Schema):
    """What changes about a stored choice."""

    enabled = Flag()
    frequency = _frequency()


class CellSchema(Schema):
    """What a member gets of one type on one channel."""

    id = Identifier(allow_none=True, metadata={"description": "The stored choice; null where there is none."})
    notification_type = ma.fields.String()
    channel = ma.fields.String()
    enabled = ma.fields.Boolean()
    frequency = ma.fields.String()
    source = ma.fields.String(validate=validate.OneOf(["default", "user", "mandatory"]))
    locked = ma.fields.Boolean()
    reason = Localized(
        allow_none=True, metadata={"description": "Why it is mandatory, in the caller's language."}
    )


class CellsSchema(Schema):
    results = ma.fields.Nested(CellSchema, many=True)


class ChoicesSchema(Schema):
    """Many choices; all are made, or none."""

    preferences = ma.fields.List(
        ma.fields.Nested(ChoiceSchema), required=True, validate=validate.Length(max=1000)
    )


class StoredSchema(Schema):
    results = ma.fields.Nested(PreferenceSchema, many=True)


class ToggleSchema(Schema):
    """A whole type, a whole channel, or one pair."""

    enabled = Flag(required=True)
    notification_type = Text(max_length=TYPE_KEY)
    channel = Text(max_length=CHANNEL_KEY)


class SkippedSchema(Schema):
    notification_type = ma.fields.String()
    channel = ma.fields.String()
    reason = Localized(allow_none=True)


class ToggledSchema(Schema):
    updated = ma.fields.Integer(metadata={"description": "Pairs that are now as asked."})
    skipped = ma.fields.Nested(SkippedSchema, many=True)


class ParamSchema(Schema):
    type = ma.fields.String()
    required = ma.fields.Boolean()
    label = Localized()
    example = ma.fields.Raw()


class TypeSchema(Schema):
    """A type of notification, in the caller's language."""

    key = ma.fields.String()
    category = ma.fields.String()
    label = Localized()
    description = Localized()
    params = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Nested(ParamSchema),
        metadata={"description": "What its wording needs, by name."},
    )
    channels = ma.fields.List(ma.fields.String(), metadata={"description": "Those that are on by default."})
    mandatory = ma.fields.List(
        ma.fields.String(), metadata={"description": "Those that nobody can turn off."}
    )


class TypesSchema(Schema):
    results = ma.fields.Nested(TypeSchema, many=True)
