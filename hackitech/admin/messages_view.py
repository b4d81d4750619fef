"""Messages in lists, and what each of their states is called."""

from typing import Any

from flask import url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from hackitech.admin.compose_view import ROLE_LABELS
from hackitech.core.database import db
from hackitech.core.i18n import LOCALES, N_, in_language
from hackitech.core.pagination import Page
from hackitech.drafts import queries
from hackitech.topics.queries import find_label

PAGE_SIZE = 20
COUNTED_AT_ONCE = 10_000
"""So many recipients a page counts by channel before it answers; with more, it asks for that itself."""
STATUS_WORDS = {
    "scheduled": ("plain", N_("Scheduled")),
    "running": ("warning", N_("Being sent")),
    "paused": ("warning", N_("Paused")),
    "done": ("ok", N_("Sent")),
    "cancelled": ("plain", N_("Cancelled")),
}
"""By status: what `parts.state` shows."""

Context = dict[str, Any]


def list_context(author_id: int, sender_id: int | None, cursor: str | None) -> Context:
    """Return what `index.html` shows.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    page: Page = queries.LAST_SENT_FIRST.page(queries.sent_messages(sender_id), cursor, PAGE_SIZE)
    drafts = [] if cursor else db.session.execute(queries.drafts_of(author_id)).all()
    return {
        "messages": [_message(row) for row in page.rows],
        "drafts": [
            {"id": row.id, "title": _draft_title(row), "updated_at": row.updated_at} for row in drafts
        ],
        "everybodys": sender_id is None,
        "next_url": page.next and url_for("admin.messages.index", cursor=page.next),
        "previous_url": page.previous and url_for("admin.messages.index", cursor=page.previous),
    }


def status_words(event: Any) -> tuple[str, str]:
    """Return the kind and the words of an event's state."""
    if event.retracted_at is not None:
        return "error", _("Withdrawn")
    kind, words = STATUS_WORDS[event.status]
    return kind, _(words)


def audience_words(event: Any) -> str:
    """Return whom an event is for: its audience's name, or how many people."""
    if event.audience == "all":
        return _("Everybody")
    if event.audience == "role":
        return _(ROLE_LABELS[event.role])
    if event.audience == "topic":
        label = find_label(event.topic)
        return in_language(label) if label else str(event.topic)
    return ngettext("%(count)s person", "%(count)s people", event.total, count=format_decimal(event.total))


def _message(row: Any) -> Context:
    return {
        "id": row.id,
        "title": in_language(row.title),
        "state": status_words(row),
        "audience": audience_words(row),
        "done": row.done,
        "total": row.total,
        "sender_name": row.sender_name,
        "at": row.send_at or row.created_at,
    }


def _draft_title(row: Any) -> str:
    titles = row.content.get("title", {})
    return in_language({locale: titles.get(locale, "") for locale in LOCALES}).strip() or _("Without a title")
