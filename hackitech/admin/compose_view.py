"""The three steps of composing: what was typed, what each page shows of it, what is wrong with it."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from hackitech.admin.blueprint import own_only
from hackitech.catalog.lookup import all_types
from hackitech.channels.registry import channel_keys, channel_label
from hackitech.core.database import db
from hackitech.core.errors import FieldErrors
from hackitech.core.i18n import LOCALES, N_, in_language
from hackitech.drafts import queries
from hackitech.drafts.checking_service import (
    ALL,
    AT_A_TIME,
    AT_LOCAL_TIME,
    AT_ONCE,
    PEOPLE,
    ROLE,
    TOPIC,
    Sender,
)
from hackitech.drafts.service import DraftChanges
from hackitech.models.user import ROLES

Context = dict[str, Any]
Form = MultiDict[str, str]
STEPS = {"content": N_("Content"), "audience": N_("Recipients"), "check": N_("Check and send")}
WORDS = ("title", "message")
OTHERS = ("action_url", "priority", "when", "send_at", "expires_at")
"""The other fields of the content that hold one value each."""
PRIORITY_LABELS = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("Important"), "urgent": N_("Urgent")}
ROLE_LABELS = {"member": N_("Members"), "organiser": N_("Organisers"), "admin": N_("Administrators")}
USUAL: Context = {
    "action_url": "",
    "when": AT_ONCE,
    "priority": "normal",
    "channels": channel_keys(),
    "acknowledge": False,
    "expires_at": "",
}
"""What is folded away as long as it is like this."""
AUDIENCE_FIELDS = ("kind", "people", "topic", "role")
SENTENCES = {
    "notification_type": N_("Choose a type from the list."),
    "title_fr": N_("Write the title in French, in at most 200 characters."),
    "title_en": N_("Write the title in English, in at most 200 characters."),
    "message_fr": N_("Write the message in French, in at most 10,000 characters."),
    "message_en": N_("Write the message in English, in at most 10,000 characters."),
    "action_url": N_("Write a link as an https address, or as a path on this site such as /schedule."),
    "channels": N_("Choose at least one channel."),
    "send_at": N_("Choose a day and a time to come."),
    "expires_at": N_("Choose a time to come, after that of sending."),
    "kind": N_("Choose who receives the message."),
    "people": N_("Write the addresses or numbers of members, at most 1,000. For more, send to a topic."),
    "topic": N_("Choose a topic."),
    "role": N_("Choose a role."),
}


def current_sender() -> Sender:
    """Return who is signed in, as one who sends."""
    return Sender(current_user.id, own_only() is None, current_user.timezone)


def read_content(form: Form) -> DraftChanges:
    """Return what the form of the first step says, finished or not."""
    texts = {name: {locale: _typed(form, f"{name}_{locale}") for locale in LOCALES} for name in WORDS}
    return {
        "notification_type": _typed(form, "notification_type")[:64],
        "content": {
            **texts,
            **{name: _typed(form, name) for name in OTHERS},
            "channels": [key for key in channel_keys() if key in form.getlist("channels")],
            "acknowledge": "acknowledge" in form,
        },
    }


def read_audience(form: Form) -> DraftChanges:
    """Return what the form of the second step says, what is not chosen any more included."""
    return {"audience": {name: _typed(form, name) for name in AUDIENCE_FIELDS}}


def step_context(draft: Any, step: str, errors: FieldErrors | None = None) -> Context:
    """Return what the frame of each step shows."""
    return {
        "draft": draft,
        "step": step,
        "steps": [(name, _(label), step_url(draft, name)) for name, label in STEPS.items()],
        "errors": sentences(errors or {}),
    }


def step_url(draft: Any, step: str, **more: Any) -> str:
    """Return the address of a step."""
    return url_for(f"admin.messages.compose.{step}", draft_id=draft.id, **more)


def content_context(draft: Any) -> Context:
    """Return what the form of the first step shows."""
    content: Mapping[str, Any] = draft.content
    types = [loaded for loaded in all_types(db.session) if not loaded.internal]
    options = [(loaded.key, in_language(loaded.label)) for loaded in types]
    return {
        "content": content,
        "types": options,
        "priorities": [(key, _(label)) for key, label in PRIORITY_LABELS.items()],
        "channels": [(key, _(channel_label(key))) for key in channel_keys()],
        "chosen_channels": content.get("channels", channel_keys()),
        "times": [
            (AT_ONCE, _("As soon as you confirm")),
            (AT_A_TIME, _("At a time"), _("By your clock: %(timezone)s.", timezone=current_user.timezone)),
            (AT_LOCAL_TIME, _("At each one’s local time"), _("When their own clock shows it.")),
        ],
        "when": content.get("when") or AT_ONCE,
        "more_is_open": any(content.get(name, usual) != usual for name, usual in USUAL.items()),
    }


def audience_context(draft: Any) -> Context:
    """Return what the form of the second step shows."""
    sender = current_sender()
    topics = db.session.execute(queries.topics_to_send_to(own_only()))
    kinds = [(TOPIC, _("A topic"), _("Everybody who follows it."))]
    if sender.of_all:
        kinds = [
            (ALL, _("Everybody"), _("All members of the platform.")),
            *kinds,
            (ROLE, _("A role"), _("Members, organisers or administrators.")),
            (PEOPLE, _("People"), _("One or several, by their address.")),
        ]
    only = TOPIC if not sender.of_all else ""
    return {
        "audience": draft.audience,
        "kind": draft.audience.get("kind") or only,
        "kinds": kinds,
        "topics": [(topic.key, in_language(topic.label)) for topic in topics],
        "roles": [(role, _(ROLE_LABELS[role])) for role in ROLES],
    }


def sentences(errors: FieldErrors) -> dict[str, str]:
    """Return what is wrong in the author's words, by field."""
    return {field: _(SENTENCES.get(field, texts[0])) for field, texts in errors.items()}


def wrong_total(total: str) -> str:
    """Return what to type instead, where the number of recipients is another one."""
    return _("Type %(total)s: that is how many receive it now.", total=format_decimal(int(total)))


def _typed(form: Form, name: str) -> str:
    """Return what was typed into a field, as a database can hold it."""
    return form.get(name, "").replace("\x00", "").replace("\r\n", "\n")
