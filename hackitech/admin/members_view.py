"""The pages of members: what is shown of them, and what was typed about them."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts import member_queries, queries
from hackitech.accounts.fields import Email, Name, Timezone
from hackitech.admin.listing_view import PAGE_SIZE, choice, pages_beside, words
from hackitech.core import clock
from hackitech.core.api import flatten
from hackitech.core.database import db
from hackitech.core.errors import FieldErrors, Invalid
from hackitech.core.fields import Schema, Text
from hackitech.core.i18n import LOCALES, N_, select_locale
from hackitech.core.timezones import find_zone, zones_of
from hackitech.devices.queries import devices_of, last_deliveries
from hackitech.models.user import ROLES
from hackitech.topics.queries import LAST_FOLLOWED_FIRST, subscriptions_of

Context = dict[str, Any]
Form = Mapping[str, str]
ROLE_WORDS = {"member": N_("Member"), "organiser": N_("Organiser"), "admin": N_("Administrator")}
ROLE_RIGHTS = {
    "member": N_("Reads their own notifications and sets what reaches them."),
    "organiser": N_("Also sends to the topics that they own, and says who is in them."),
    "admin": N_("May do and see everything here."),
}
LANGUAGES = {"fr": "Français", "en": "English"}
KINDS = {
    "webpush": N_("Browser"),
    "fcm": N_("Android app"),
    "apns": N_("iPhone or iPad app"),
    "webhook": N_("Webhook"),
}
STATES: dict[str, dict[str, bool]] = {
    "": {},
    "active": {"active": True},
    "suspended": {"active": False},
    "bounced": {"bounced": True},
}
STATE_WORDS = {
    "": N_("All of them"),
    "active": N_("May sign in"),
    "suspended": N_("Suspended"),
    "bounced": N_("Email bounces"),
}
FIELDS = ("email", "name", "external_id", "locale", "timezone")
NEW = {"locale": "fr", "timezone": "Europe/Paris", "role": "member"}
"""A member whom nobody has said anything about yet."""
SENTENCES = {
    "email": N_("Write an email address, such as ana@example.org."),
    "name": N_("Write a name of 1 to 100 characters, on one line."),
    "external_id": N_("Write the platform's id in at most 100 characters, or nothing."),
    "locale": N_("Choose one of the languages."),
    "timezone": N_("Choose a timezone from the list, such as Europe/Paris."),
    "role": N_("Choose one of the roles."),
}
"""What is wrong with a field, in the reader's words."""
SHOWN = 50
"""Topics and tokens on the page of one member."""


class MemberSchema(Schema):
    """What the form says about a member."""

    email = Email(required=True)
    name = Name(required=True)
    external_id = Text(required=True, min_length=1, max_length=100, allow_none=True)
    locale = ma.fields.String(required=True, validate=ma.validate.OneOf(LOCALES))
    timezone = Timezone(required=True)
    role = ma.fields.String(validate=ma.validate.OneOf(ROLES))


def list_context() -> Context:
    """Return what `members.html` shows.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    search, role, state = words("q"), choice("role", ROLES), choice("state", STATES)
    filters = {**STATES[state], **({"role": role} if role else {}), **({"search": search} if search else {})}
    page = queries.NEWEST_USERS.page(member_queries.members(filters), request.args.get("cursor"), PAGE_SIZE)
    devices = member_queries.devices_by_kind([row.id for row in page.rows])
    return {
        "members": [{"row": row, "devices": _count_kinds(devices.get(row.id, {}))} for row in page.rows],
        "q": search,
        "role": role,
        "state": state,
        "roles": [("", _("All roles")), *translated(ROLE_WORDS)],
        "states": translated(STATE_WORDS),
        "role_words": ROLE_WORDS,
        "languages": LANGUAGES,
        **pages_beside(page, q=search, role=role, state=state),
    }


def member_context(user_id: int) -> Context:
    """Return what `member.html` shows.

    Raises:
        NotFound
    """
    now, member = clock.now(), member_queries.get_member(user_id)
    tokens = queries.NEWEST_TOKENS.page(queries.tokens_of(user_id, now), None, SHOWN)
    topics = LAST_FOLLOWED_FIRST.page(subscriptions_of(user_id), None, SHOWN)
    return {
        "member": member,
        "is_self": user_id == current_user.id,
        "has_password": queries.has_password(user_id),
        "devices": _devices(user_id),
        "tokens": tokens,
        "topics": topics,
        "browsers": queries.count_sessions(user_id, now),
        "roles": [(key, _(text), _(ROLE_RIGHTS[key])) for key, text in ROLE_WORDS.items()],
        "role_words": ROLE_WORDS,
        "languages": LANGUAGES,
    }


def form_context(form: Form, errors: FieldErrors | None = None) -> Context:
    """Return what `member_form.html` shows; `form` is as stored or as typed."""
    return {
        "form": NEW | dict(form),
        "errors": sentences(errors or {}),
        "zones": zones_of(select_locale()),
        "languages": list(LANGUAGES.items()),
        "roles": [(key, _(text), _(ROLE_RIGHTS[key])) for key, text in ROLE_WORDS.items()],
    }


def read_member(form: Form, *more: str) -> dict[str, Any]:
    """Return the columns that the form says, `more` of them beside those that it always has.

    Raises:
        Invalid: under the names of its fields.
    """
    said: dict[str, Any] = {name: form.get(name, "") for name in (*FIELDS, *more)}
    said["external_id"] = said["external_id"].strip() or None
    said["timezone"] = find_zone(said["timezone"], select_locale())
    try:
        loaded: dict[str, Any] = MemberSchema().load(said)
    except ma.ValidationError as error:
        raise Invalid(flatten(error.messages)) from None
    return loaded


def read_role(form: Form) -> str:
    """Return the role that the form says.

    Raises:
        Invalid: it is none.
    """
    role = form.get("role", "")
    if role not in ROLES:
        raise Invalid({"role": ["Not a role."]})
    return role


def sentences(errors: FieldErrors) -> dict[str, str]:
    """Return what is wrong in the reader's words, by field."""
    return {field: _(SENTENCES.get(field, texts[0])) for field, texts in errors.items()}


def translated(words_of: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return values and texts for a choice, in the reader's language."""
    return [(value, _(text)) for value, text in words_of.items()]


def _count_kinds(kinds: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(_(text), kinds[kind]) for kind, text in KINDS.items() if kind in kinds]


def _devices(user_id: int) -> list[Context]:
    rows = db.session.execute(devices_of(user_id)).all()
    last = last_deliveries(user_id, [row.id for row in rows])
    return [
        {
            "name": row.name or _(KINDS[row.kind]),
            "kind": _(KINDS[row.kind]),
            "created_at": row.created_at,
            "disabled_at": row.disabled_at,
            "last": last.get(row.id),
        }
        for row in rows
    ]
