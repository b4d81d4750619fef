"""Fields of a member, as forms and the API read them."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

import marshmallow as ma

from hackitech.accounts.emails import canonical_email
from hackitech.core.fields import Text


class Email(Text):
    """An email address, kept in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, metadata={"format": "email"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return canonical_email(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as error:
            raise ma.ValidationError(str(error)) from None


class Name(Text):
    """One line of text, trimmed, not empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=1, max_length=100, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, attr, data, **kwargs).strip()
        if not name.isprintable():
            raise ma.ValidationError("Control characters have no place here.")
        return name


class Timezone(Text):
    """An IANA time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, metadata={"example": "Europe/Paris"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, attr, data, **kwargs)
        if name not in _timezones():
            raise ma.ValidationError("Not an IANA time zone, such as Europe/Paris.")
        return name


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())
