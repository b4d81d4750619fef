"""What a message will look like on each channel, in each language, while it is being written."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.catalog.lookup import find_type
from hackitech.channels.email import EmailChannel
from hackitech.channels.links import absolute, site_url
from hackitech.channels.mail_templates import Reader, Words, text_and_html
from hackitech.channels.outcomes import one_line
from hackitech.channels.push import PushChannel
from hackitech.channels.push_message import LONGEST_TITLE
from hackitech.channels.registry import channel_keys
from hackitech.core.database import db
from hackitech.core.i18n import LOCALES, in_language
from hackitech.core.security import is_action_link
from hackitech.models.notification import IN_APP

Context = dict[str, Any]
LANGUAGES = {"fr": "Français", "en": "English"}
FRAMED = EmailChannel.key


def previews_context(draft: Any) -> Context:
    """Return what `_previews.html` shows of a draft's row."""
    chosen = draft.content.get("channels", channel_keys())
    return {
        "previews": [_preview(draft, locale) for locale in LOCALES],
        "previewed": [key for key in (IN_APP, PushChannel.key, FRAMED) if key in chosen],
        "version": int(draft.updated_at.timestamp() * 1_000_000),
    }


def _preview(draft: Any, locale: str) -> Context:
    """Return a draft as members who read a language see it, in their words."""
    loaded = find_type(db.session, draft.notification_type)
    with force_locale(locale):
        title, message = (_text(draft, name, locale) for name in ("title", "message"))
        return {
            "locale": locale,
            "language": LANGUAGES[locale],
            "title": title or _("Title"),
            "message": message or _("Message"),
            "push_title": one_line(title or _("Title"))[:LONGEST_TITLE],
            "category": loaded.category if loaded else "",
            "type_label": in_language(loaded.label, locale) if loaded else "",
            "priority": draft.content.get("priority", ""),
            "priority_label": {"high": _("Important"), "urgent": _("Urgent")}.get(
                draft.content.get("priority")
            ),
            "link_label": _("Open") if _link(draft) else None,
            "asks": _asks() if draft.content.get("acknowledge") else None,
            "now": _("just now"),
        }


def email_preview(draft: Any, locale: str) -> str:
    """Return the HTML of the email that a draft would be, addressed to who is signed in."""
    loaded = find_type(db.session, draft.notification_type)
    link = _link(draft)
    with force_locale(locale):
        title = one_line(_text(draft, "title", locale) or _("Title"))
        body = _text(draft, "message", locale) or _("Message")
    words = Words(
        locale=locale,
        title=title,
        body=body,
        items=(),
        more=0,
        action_label=None,
        has_action=link is not None,
        mandatory=bool(loaded and loaded.channels[FRAMED].mandatory),
        preferences_url=site_url("/preferences"),
        acknowledge=bool(draft.content.get("acknowledge")),
    )
    reader = Reader(current_user.name, link or "", site_url("/preferences"), site_url("/inbox"))
    return text_and_html(words, reader)[1]


def _asks() -> Context:
    """Return the words by which an acknowledgement is asked for."""
    return {
        "tag": _("To confirm"),
        "sentence": _("You are asked to confirm that you have taken note of this message."),
        "button": _("Take note"),
    }


def _text(draft: Any, name: str, locale: str) -> str:
    return str(draft.content.get(name, {}).get(locale, "")).strip()


def _link(draft: Any) -> str | None:
    url = draft.content.get("action_url", "").strip()
    return absolute(url) if url and is_action_link(url) else None
