"""Marshmallow fields and the base schema: strict about types, unknown fields and storable text."""

import datetime as dt
import re
from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.core.clock import time_text
from hackitech.core.database import MAX_ID
from hackitech.core.errors import Invalid
from hackitech.core.i18n import in_language
from hackitech.core.json_input import check_text

LOCAL_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$"


class Schema(ma.Schema):
    """Unknown fields are an error, here and in query strings."""

    class Meta:
        unknown = ma.RAISE


class Text(ma.fields.String):
    """A string that both databases can hold; at most 2,000 characters unless said otherwise."""

    def __init__(self, *, max_length: int = 2000, min_length: int = 0, **kwargs: Any) -> None:
        validators = [validate.Length(min=min_length or None, max=max_length), *kwargs.pop("validators", [])]
        super().__init__(validate=validators, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            check_text(text)
        except Invalid as error:
            raise ma.ValidationError(error.detail) from None
        return text


class Integer(ma.fields.Integer):
    """A JSON integer of at most 64 bits; neither "5" nor 5.0 nor true."""

    def __init__(self, *, minimum: int = -MAX_ID, maximum: int = MAX_ID, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=minimum, max=maximum), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class QueryInteger(ma.fields.Integer):
    """An integer in a query string: ASCII digits only."""

    def __init__(self, *, minimum: int = 1, maximum: int = MAX_ID, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(min=minimum, max=maximum), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def Identifier(**kwargs: Any) -> Integer:
    """Return a field for an id: a positive 64-bit integer."""
    return Integer(minimum=1, **kwargs)


class Flag(ma.fields.Boolean):
    """true or false; neither 1 nor "yes"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class QueryFlag(ma.fields.Boolean):
    """`true` or `false` in a query string."""

    truthy = {"true", "True", "1"}
    falsy = {"false", "False", "0"}


class Time(ma.fields.AwareDateTime):
    """An RFC 3339 time with a zone, kept in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.datetime:
        if not isinstance(value, str) or len(value) < 16:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        try:
            moment = super()._deserialize(value.replace(" ", "+"), attr, data, **kwargs).astimezone(dt.UTC)
        except (OverflowError, TypeError):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from None
        if not 1970 <= moment.year <= 9000:
            raise ma.ValidationError("Not a year that can be stored.")
        return moment

    def _serialize(self, value: dt.datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return time_text(value)


class LocalTime(ma.fields.NaiveDateTime):
    """A date and a time of day without a zone, as a clock on a wall shows them: 2026-12-01T09:00:00."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {**kwargs.pop("metadata", {}), "format": "local-date-time", "pattern": LOCAL_TIME}
        super().__init__(format="iso", metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.datetime:
        if not isinstance(value, str) or not re.fullmatch(LOCAL_TIME, value, re.ASCII):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        moment: dt.datetime = super()._deserialize(value, attr, data, **kwargs)
        if not 1970 <= moment.year <= 9000:
            raise ma.ValidationError("Not a year that can be stored.")
        return moment


class Localized(ma.fields.String):
    """Texts by language, answered in the caller's."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else in_language(value)
