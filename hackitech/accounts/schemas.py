"""What the API of accounts reads and answers."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from hackitech.accounts.fields import Email, Name, Timezone
from hackitech.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from hackitech.core.api import CursorQuery, ListSchema
from hackitech.core.fields import Flag, Identifier, Integer, Schema, Text, Time
from hackitech.core.i18n import LOCALES
from hackitech.models.api_token import SCOPES
from hackitech.models.user import ROLES


def _locale() -> ma.fields.String:
    return ma.fields.String(validate=validate.OneOf(LOCALES))


def _role() -> ma.fields.String:
    return ma.fields.String(validate=validate.OneOf(ROLES))


def _scopes(**kwargs: Any) -> ma.fields.List:
    return ma.fields.List(ma.fields.String(validate=validate.OneOf(SCOPES)), **kwargs)


class SignInSchema(Schema):
    """What a member types into an app."""

    email = Text(required=True, max_length=254)
    password = Text(required=True, max_length=MAX_LENGTH)
    name = Name(
        load_default="App", metadata={"description": "What the token is called in the member's list."}
    )


class SecretSchema(Schema):
    """A new token, shown this once."""

    token = ma.fields.String(metadata={"example": "ntf_…"})
    expires_at = Time()


class MeSchema(Schema):
    """Who is calling."""

    id = Identifier()
    email = ma.fields.String()
    name = ma.fields.String()
    locale = _locale()
    timezone = ma.fields.String()
    role = _role()
    scopes = _scopes()


class ProfileSchema(Schema):
    """What members change themselves."""

    name = Name()
    locale = _locale()
    timezone = Timezone()


class UserSchema(Schema):
    """A member."""

    id = Identifier()
    external_id = ma.fields.String(allow_none=True)
    email = ma.fields.String()
    name = ma.fields.String()
    locale = _locale()
    timezone = ma.fields.String()
    role = _role()
    active = ma.fields.Boolean()
    created_at = Time()


class UserListSchema(ListSchema):
    results = ma.fields.Nested(UserSchema, many=True)


class UserQuery(CursorQuery):
    """What narrows the list of members."""

    email = Email()
    external_id = Text(max_length=100)
    role = _role()
    search = Text(
        max_length=100, metadata={"description": "In name, email address and external_id, in any case."}
    )


class ChangeUserSchema(ProfileSchema):
    """What an administrator changes about a member."""

    email = Email()
    external_id = Text(min_length=1, max_length=100, allow_none=True)
    role = _role()
    active = Flag()
    password = Text(min_length=MIN_LENGTH, max_length=MAX_LENGTH, load_only=True)


class NewUserSchema(ChangeUserSchema):
    """A member as the platform provides it; a known `external_id` updates."""

    email = Email(required=True)


class TokenSchema(Schema):
    """An API token, without its secret."""

    id = Identifier()
    name = ma.fields.String()
    scopes = ma.fields.Function(
        lambda row: row.scopes.split(), metadata={"type": "array", "items": {"type": "string"}}
    )
    created_at = Time()
    expires_at = Time()


class TokenListSchema(ListSchema):
    results = ma.fields.Nested(TokenSchema, many=True)


class NewTokenSchema(Schema):
    """A token to make; it holds no more than its maker."""

    name = Name(required=True)
    scopes = _scopes(load_default=["read"], validate=validate.Length(min=1, max=len(SCOPES)))
    expires_in_days = Integer(minimum=1, maximum=365)


class CreatedTokenSchema(SecretSchema):
    """A new token and its id."""

    id = Identifier()
