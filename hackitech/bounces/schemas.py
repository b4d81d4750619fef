"""What reports about emails and suppressed addresses look like."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.accounts.emails import canonical_email
from hackitech.core.api import CursorQuery, ListSchema
from hackitech.core.fields import Schema, Text, Time

LONGEST_ADDRESS = 254


class EmailAddress(Text):
    """An address, kept in the form in which members' addresses are stored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_ADDRESS, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return canonical_email(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as error:
            raise ma.ValidationError(str(error)) from None


class ReportSchema(Schema):
    """What became of an email after the mail provider had accepted it."""

    type = ma.fields.String(required=True, validate=validate.OneOf(["bounce", "complaint", "delivered"]))
    address = EmailAddress(required=True)
    kind = ma.fields.String(
        validate=validate.OneOf(["hard", "soft"]),
        metadata={"description": "Of a bounce: hard where the address does not exist, or not any more."},
    )
    reason = Text(max_length=500, metadata={"description": "What the other mail server said."})
    message_id = Text(
        max_length=998, allow_none=True, metadata={"description": "The email's Message-ID header."}
    )
    at = Time(metadata={"description": "When it happened; the time of the signature unless given."})

    @ma.validates_schema
    def _only_bounces_are_of_a_kind(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("type") == "bounce") != ("kind" in data):
            raise ma.ValidationError("Every bounce is hard or soft, and nothing else is.", "kind")


class SuppressionQuery(CursorQuery):
    """Which addresses to list."""

    channel = Text(max_length=16)
    address = EmailAddress()


class SuppressionSchema(Schema):
    """An address that is not written to any more."""

    channel = ma.fields.String()
    address = ma.fields.String()
    reason = ma.fields.String()
    created_at = Time()


class SuppressionListSchema(ListSchema):
    results = ma.fields.Nested(SuppressionSchema, many=True)
