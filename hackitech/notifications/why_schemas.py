"""What the API answers to "why?" and to "why not?"."""

import marshmallow as ma
from marshmallow import validate

from hackitech.channels.registry import channel_keys
from hackitech.core.api import CursorQuery, ListSchema
from hackitech.core.fields import Schema
from hackitech.models.rules import HOLDS, VERDICTS, Rule
from hackitech.models.statuses import Status
from hackitech.notifications.schemas import NotificationSchema


class AttemptSchema(Schema):
    at = ma.fields.DateTime()
    outcome = ma.fields.String(validate=validate.OneOf([s.value for s in Status]))
    detail = ma.fields.String()


class CarrierSchema(Schema):
    """The summary that took it along."""

    notification = ma.fields.Integer()
    created_at = ma.fields.DateTime()


class ChannelReasonSchema(Schema):
    channel = ma.fields.String()
    target = ma.fields.Integer(metadata={"description": "The device's id, or 0."})
    status = ma.fields.String(validate=validate.OneOf([s.value for s in Status]))
    verdict = ma.fields.String(validate=validate.OneOf(VERDICTS))
    rule = ma.fields.String(validate=validate.OneOf([r.value for r in Rule]))
    text = ma.fields.String(metadata={"description": "The same in plain words, in the caller's language."})
    due_at = ma.fields.DateTime(allow_none=True)
    hold = ma.fields.String(
        allow_none=True,
        validate=validate.OneOf([r.value for r in HOLDS]),
        metadata={"description": "The rule of time that holds it, or held it last."},
    )
    summary = ma.fields.Nested(CarrierSchema, allow_none=True)
    change_url = ma.fields.String(
        allow_none=True, metadata={"description": "Where on this site the rule can be changed."}
    )
    attempts = ma.fields.Nested(AttemptSchema, many=True)


class WhySchema(Schema):
    channels = ma.fields.Nested(ChannelReasonSchema, many=True)


class MissingQuery(CursorQuery):
    channel = ma.fields.String(
        load_default=None,
        validate=validate.OneOf(channel_keys()),
        metadata={"description": "What did not come on this one, channels that one does not use included."},
    )


class MissingSchema(NotificationSchema):
    channels = ma.fields.Nested(ChannelReasonSchema, many=True)


class MissingListSchema(ListSchema):
    results = ma.fields.Nested(MissingSchema, many=True)
