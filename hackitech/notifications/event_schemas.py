"""What the API of events reads and answers."""

import marshmallow as ma
from marshmallow import validate

from hackitech.core.fields import LocalTime, Schema, Text
from hackitech.models.event import EVENT_STATUSES
from hackitech.models.rules import VERDICTS, Rule
from hackitech.models.user import ROLES
from hackitech.notifications.schemas import priority_field

VERDICT = ma.fields.String(validate=validate.OneOf(VERDICTS))


def rules_field() -> ma.fields.Dict:
    """Return a field for counts by rule."""
    rule = ma.fields.String(validate=validate.OneOf([rule.value for rule in Rule]))
    return ma.fields.Dict(keys=rule, values=ma.fields.Integer())


class EventSchema(Schema):
    """What happened, and how far telling it has come."""

    id = ma.fields.Integer()
    notification_type = ma.fields.String()
    status = ma.fields.String(validate=validate.OneOf(EVENT_STATUSES))
    total = ma.fields.Integer()
    done = ma.fields.Integer()
    by_channel = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer()),
    )
    unknown_recipients = ma.fields.List(ma.fields.Integer())
    acknowledge = ma.fields.Boolean()
    acknowledged = ma.fields.Integer(
        allow_none=True, metadata={"description": "How many have confirmed, where that is asked for."}
    )
    title = ma.fields.String()
    message = ma.fields.String()
    action_url = ma.fields.String(allow_none=True)
    data = ma.fields.Dict()
    priority = priority_field()
    topic = ma.fields.String(allow_none=True)
    role = ma.fields.String(allow_none=True, validate=validate.OneOf(ROLES))
    object = ma.fields.String(allow_none=True)
    send_at = ma.fields.DateTime(allow_none=True)
    send_at_local = LocalTime(allow_none=True)
    expires_at = ma.fields.DateTime(allow_none=True)
    retracted_at = ma.fields.DateTime(allow_none=True)
    created_at = ma.fields.DateTime()


class StoppedSchema(Schema):
    """What stopping came in time for, and what not."""

    cancelled = ma.fields.Integer(metadata={"description": "Deliveries that were stopped."})
    too_late = ma.fields.Integer(metadata={"description": "Deliveries that had left."})
    too_late_by_channel = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())


class CancelledEventSchema(EventSchema, StoppedSchema):
    """The event, and what stopping it came in time for."""


class RetractSchema(Schema):
    object = Text(required=True, min_length=1, max_length=200)


class RetractedSchema(StoppedSchema):
    events = ma.fields.Integer()


class DryRunSchema(Schema):
    """What would become of whom: deliveries by channel, verdict and rule."""

    dry_run = ma.fields.Boolean()
    total = ma.fields.Integer(metadata={"description": "Members."})
    channels = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Dict(keys=VERDICT, values=rules_field()),
        metadata={"description": "A channel that reaches several devices counts each of them."},
    )
    unknown_recipients = ma.fields.List(ma.fields.Integer())
