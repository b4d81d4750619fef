"""The pages of topics: what is shown of them and of those who are in them, and what was typed."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from hackitech.accounts.queries import get_user
from hackitech.admin.blueprint import own_only
from hackitech.admin.listing_view import PAGE_SIZE, find_member, pages_beside
from hackitech.core.api import flatten
from hackitech.core.errors import FieldErrors, Invalid, NotFound
from hackitech.core.fields import Flag, Identifier, Schema, Text
from hackitech.core.i18n import LOCALES, N_, in_language
from hackitech.core.pagination import EPOCH, MICROSECOND
from hackitech.core.signing import sign, unsign
from hackitech.models.user import User
from hackitech.topics import queries
from hackitech.topics.membership_service import Added
from hackitech.topics.queries import Manager
from hackitech.topics.service import Removed

Context = dict[str, Any]
Form = Mapping[str, str]
EMPTY = {"key": "", "label_fr": "", "label_en": "", "open": "1", "owner": ""}
LONGEST_LABEL = 100
_UNDO = "topic-member"
SENTENCES = {
    "key": N_("Write a key of at most 100 letters, digits and . _ : - with a letter or digit first."),
    "label_fr": N_("Write what the topic is called in French, in at most 100 characters."),
    "label_en": N_("Write what the topic is called in English, in at most 100 characters."),
    "owner": N_("Write the email address or the number of an organiser or administrator, or nothing."),
}
"""What is wrong with a field, in the reader's words."""


class TopicSchema(Schema):
    """What the form says about a topic."""

    label_fr = Text(required=True, min_length=1, max_length=LONGEST_LABEL)
    label_en = Text(required=True, min_length=1, max_length=LONGEST_LABEL)
    is_open = Flag(required=True)
    owner = Identifier(attribute="owner_id", allow_none=True)


def manager() -> Manager:
    """Return whose topics the caller looks after: organisers their own, administrators all."""
    return Manager(current_user.id, of_all=own_only() is None)


def list_context() -> Context:
    """Return what `topics.html` shows.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    page = queries.NEWEST_FIRST.page(queries.managed_topics(manager()), request.args.get("cursor"), PAGE_SIZE)
    counts = queries.count_members([row.id for row in page.rows])
    return {
        "topics": [
            {"row": row, "label": in_language(row.label), "members": counts.get(row.id, 0)}
            for row in page.rows
        ],
        "sees_all": own_only() is None,
        **pages_beside(page),
    }


def topic_context(key: str) -> Context:
    """Return what `topic.html` shows.

    Raises:
        NotFound: no such topic, or it is somebody else's.
        Invalid: the cursor is none of this list's.
    """
    topic = queries.get_managed(key, manager())
    among = queries.members_of(topic.id).add_columns(User.email, User.active)
    page = queries.LAST_JOINED_FIRST.page(among, request.args.get("cursor"), PAGE_SIZE)
    return {
        "topic": topic,
        "label": in_language(topic.label),
        "owner": None if topic.owner_id is None else get_user(topic.owner_id),
        "members": page.rows,
        "count": queries.count_members([topic.id]).get(topic.id, 0),
        "sees_all": own_only() is None,
        **pages_beside(page),
    }


def stored_form(key: str) -> Form:
    """Return the form of a topic as it is when nobody has touched it.

    Raises:
        NotFound: no such topic, or it is somebody else's.
    """
    topic = queries.get_managed(key, manager())
    return {
        "key": topic.key,
        "label_fr": topic.label.get("fr", ""),
        "label_en": topic.label.get("en", ""),
        "open": "1" if topic.is_open else "",
        "owner": "" if topic.owner_id is None else get_user(topic.owner_id)["email"],
    }


def read_new(form: Form) -> Any:
    """Return the topic that the form asks for: an organiser's is their own.

    Raises:
        Invalid: under the names of its fields.
    """
    key, wrong, fields = form.get("key", "").strip(), {}, {}
    try:
        fields = read_changes(form)
    except Invalid as error:
        wrong = error.errors
    if not queries.KEY.fullmatch(key):
        wrong["key"] = ["Not a key."]
    if wrong:
        raise Invalid(wrong)
    return {"owner_id": own_only(), **fields, "key": key}


def read_changes(form: Form) -> Any:
    """Return what the form says about a topic; whoever sees their own alone gives them to nobody.

    Raises:
        Invalid: under the names of its fields.
    """
    said: Context = {name: form.get(name, "").strip() for name in ("label_fr", "label_en")}
    said["is_open"] = form.get("open") == "1"
    if own_only() is None:
        owner = form.get("owner", "").strip()
        said["owner"] = (find_member(owner) or 0) if owner else None
    try:
        loaded = TopicSchema().load(said)
    except ma.ValidationError as error:
        raise Invalid(flatten(error.messages)) from None
    return {"label": {locale: loaded.pop(f"label_{locale}") for locale in LOCALES}, **loaded}


def form_context(form: Form, errors: FieldErrors | None = None) -> Context:
    """Return what `topic_form.html` shows; `form` is as stored or as typed."""
    said = {field: _(SENTENCES.get(field, texts[0])) for field, texts in (errors or {}).items()}
    return {"form": form, "errors": said, "sees_all": own_only() is None}


def read_members(form: Form) -> list[str]:
    """Return those whom the form names, however they are set apart."""
    return form.get("members", "").replace(",", " ").replace(";", " ").split()


def say_added(added: Added) -> str:
    """Return what became of those who were to be put into a topic."""
    parts = [ngettext("%(num)s person added.", "%(num)s people added.", added.added)]
    if there := added.there_already:
        parts.append(ngettext("%(num)s was there already.", "%(num)s were there already.", there))
    return " ".join(parts)


def undo_token(removed: Removed) -> str:
    """Return what puts somebody back into the topic that they were taken out of."""
    times = [None if at is None else (at - EPOCH) // MICROSECOND for at in removed[2:]]
    return sign(_UNDO, [removed.topic_id, removed.user_id, *times])


def read_undo_token(token: str) -> Removed:
    """Return who is to be put back.

    Raises:
        NotFound: it is none that we gave.
    """
    topic_id, user_id, muted, created = unsign(_UNDO, token)
    return Removed(topic_id, user_id, _moment(muted), EPOCH + created * MICROSECOND)


def name_of(user_id: int) -> str:
    """Return what a member is called, for a sentence about them."""
    try:
        return str(get_user(user_id)["name"])
    except NotFound:
        return _("Member no. %(id)s", id=user_id)


def _moment(microseconds: int | None) -> dt.datetime | None:
    return None if microseconds is None else EPOCH + microseconds * MICROSECOND
