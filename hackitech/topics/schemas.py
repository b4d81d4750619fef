"""What the API of topics reads and answers."""

from typing import Any

import marshmallow as ma

from hackitech.core.api import ListSchema
from hackitech.core.fields import Flag, Identifier, Localized, Schema, Text, Time
from hackitech.core.i18n import LOCALES
from hackitech.topics.queries import KEY

LONGEST_LABEL = 100


class LabelSchema(Schema):
    """A label in every language."""

    fr = Text(required=True, min_length=1, max_length=LONGEST_LABEL)
    en = Text(required=True, min_length=1, max_length=LONGEST_LABEL)


class Label(ma.fields.Nested):
    """A label by language, or one text for all of them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(LabelSchema, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            value = dict.fromkeys(LOCALES, value)
        return super()._deserialize(value, attr, data, *args, **kwargs)


class TopicSchema(Schema):
    """A topic, and whether the caller follows it."""

    key = ma.fields.String()
    label = Localized()
    open = ma.fields.Boolean(
        attribute="is_open",
        metadata={"description": "Whether anybody may follow it; others are put into it."},
    )
    subscribed = ma.fields.Boolean()
    muted_until = Time(allow_none=True)


class TopicListSchema(ListSchema):
    results = ma.fields.Nested(TopicSchema, many=True)


class ManagedTopicSchema(TopicSchema):
    """A topic, as those see it who look after it."""

    owner = Identifier(attribute="owner_id", allow_none=True)


def _check_key(key: str) -> None:
    if not KEY.fullmatch(key):
        raise ma.ValidationError("Letters, digits and . _ : - only, at most 100, a letter or digit first.")


class NewTopicSchema(Schema):
    """A topic to create."""

    key = ma.fields.String(required=True, validate=_check_key, metadata={"pattern": f"^{KEY.pattern}$"})
    label = Label(required=True)
    open = Flag(required=True, attribute="is_open")
    owner = Identifier(attribute="owner_id", allow_none=True)


class TopicChangesSchema(Schema):
    """What changes about a topic."""

    label = Label()
    open = Flag(attribute="is_open")
    owner = Identifier(attribute="owner_id", allow_none=True)


class SubscriptionSchema(Schema):
    """How the caller follows a topic."""

    muted_until = Time(
        load_default=None, allow_none=True, metadata={"description": "In the future, or null for not muted."}
    )


class MemberSchema(Schema):
    """Somebody who is in a topic."""

    user = Identifier(attribute="user_id")
    name = ma.fields.String()
    joined_at = Time(attribute="created_at")


class MemberListSchema(ListSchema):
    results = ma.fields.Nested(MemberSchema, many=True)
