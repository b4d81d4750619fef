"""What the API of settings of time, and of their preview, reads and answers."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.core.fields import Integer, Schema, Text, Time
from hackitech.models.notification_settings import WEEKDAYS
from hackitech.preferences.schemas import ChoiceSchema

MOST_STRETCHES = 14
LARGEST_LIMIT = 1000


def _clock_time(**kwargs: Any) -> Text:
    form = validate.Regexp(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", error="Must be a time of day, such as 22:00.")
    return Text(
        max_length=5,
        required=True,
        validators=[form],
        metadata={"example": "22:00", **kwargs.pop("metadata", {})},
    )


class QuietHoursSchema(Schema):
    """One stretch of quiet, by the member's local time."""

    days = ma.fields.List(
        ma.fields.String(validate=validate.OneOf(WEEKDAYS)),
        validate=validate.Length(min=1, max=len(WEEKDAYS)),
        load_default=lambda: list(WEEKDAYS),
        metadata={"description": "On which days it begins; every day where it is left out."},
    )
    start = _clock_time()
    end = _clock_time(metadata={"description": "On the next day where it is not after `start`."})

    @ma.validates_schema
    def _some_length(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data["start"] == data["end"]:
            raise ma.ValidationError("Must differ from start; to hold everything for days, pause.", "end")

    @ma.post_load
    def _in_order(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {**data, "days": [day for day in WEEKDAYS if day in data["days"]]}


class _QuietHours(ma.fields.List):
    """A list of stretches; one alone is a list of one, and null is none."""

    def __init__(self, **kwargs: Any) -> None:
        several = validate.Length(max=MOST_STRETCHES)
        super().__init__(ma.fields.Nested(QuietHoursSchema), validate=several, allow_none=True, **kwargs)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value is None or isinstance(value, dict):
            value = [value] if value is not None else []
        return super().deserialize(value, *args, **kwargs)


class ChangeSettingsSchema(Schema):
    """What changes about when a member is reached; what is mandatory or urgent reaches them all the same."""

    quiet_hours = _QuietHours(
        metadata={"description": "When nothing leaves but to the inbox; what waited leaves as one summary."}
    )
    paused_until = Time(
        allow_none=True, metadata={"description": "Nothing leaves until then, a year ahead at the most."}
    )
    daily_email_limit = Integer(
        minimum=1,
        maximum=LARGEST_LIMIT,
        allow_none=True,
        metadata={"description": "Emails a day at the most; the rest is one summary on the next day."},
    )


class SettingsSchema(ChangeSettingsSchema):
    """When a member is reached."""

    timezone = ma.fields.String(metadata={"description": "By whose clock: part of the profile."})


class SimulateSchema(ChangeSettingsSchema):
    """Settings to try; what is left out is as it is now. A pause is yet to come, and changes nothing."""

    preferences = ma.fields.List(ma.fields.Nested(ChoiceSchema), validate=validate.Length(max=1000))


class SimulatedSchema(Schema):
    """What was sent in the last days, and what would have been; by channel."""

    days = ma.fields.Integer()
    from_ = Time(data_key="from", metadata={"description": "Later than `days` ago only where `cut`."})
    to = Time()
    sent = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    would_be = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={"description": "A summary counts once; on several devices, once for each."},
    )
    cut = ma.fields.Boolean(
        metadata={"description": "There was too much to look at all of it: since `from`, then."}
    )
