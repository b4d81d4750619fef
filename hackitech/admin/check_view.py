"""The last step of composing: everything that was chosen, once more and in words."""

import datetime as dt
from typing import Any

from flask_babel import gettext as _

from hackitech.admin.compose_view import (
    AUDIENCE_FIELDS,
    audience_context,
    content_context,
    current_sender,
    sentences,
    step_url,
)
from hackitech.core.dates import wall_time
from hackitech.core.errors import FieldErrors, Invalid
from hackitech.drafts.checking_service import AT_ONCE, ROLE, TOPIC, check_draft

Context = dict[str, Any]
Fact = tuple[str, str | None]
MISSING = "–"


def check_context(draft: Any, errors: FieldErrors) -> Context:
    """Return what `check.html` shows of a draft's row, beside its previews and whom it reaches."""
    try:
        check_draft(draft, current_sender())
        missing = []
    except Invalid as error:
        missing = [(_step_of(draft, field), text) for field, text in sentences(error.errors).items()]
    when = draft.content.get("when") or AT_ONCE
    return {
        "missing": missing,
        "errors": {} if missing else sentences(errors),
        "facts": _about_content(draft) + _about_audience(draft),
        "scheduled": when != AT_ONCE,
    }


def _step_of(draft: Any, field: str) -> str:
    """Return the address of the field, in its step."""
    return step_url(draft, "audience" if field in AUDIENCE_FIELDS else "content", _anchor=field)


def _about_content(draft: Any) -> list[Fact]:
    shown, content = content_context(draft), draft.content
    when = next(label for value, label, *_hint in shown["times"] if value == shown["when"])
    if shown["when"] != AT_ONCE:
        when = _("%(what)s: %(which)s", what=when, which=_time(content["send_at"]))
    channels = [label for key, label in shown["channels"] if key in shown["chosen_channels"]]
    return [
        (_("Type"), _chosen(shown["types"], draft.notification_type)),
        (_("When it is sent"), when),
        (_("Channels"), ", ".join(channels)),
        (_("Priority"), _chosen(shown["priorities"], content.get("priority") or "normal")),
        (_("Link"), content.get("action_url") or None),
        (_("Acknowledgement"), _("asked for") if content.get("acknowledge") else None),
        (_("Expires"), _time(content["expires_at"]) if content.get("expires_at") else None),
    ]


def _about_audience(draft: Any) -> list[Fact]:
    shown, audience = audience_context(draft), draft.audience
    named = {TOPIC: shown["topics"], ROLE: shown["roles"]}.get(shown["kind"])
    who = [(kind, label) for kind, label, _hint in shown["kinds"]]
    chosen = _chosen(who, shown["kind"])
    if named is not None:
        chosen = _("%(what)s: %(which)s", what=chosen, which=_chosen(named, audience.get(shown["kind"])))
    return [(_("Recipients"), chosen)]


def _chosen(options: list[tuple[str, str]], value: str | None) -> str:
    return dict(options).get(value or "", MISSING)


def _time(typed: str) -> str:
    try:
        return wall_time(dt.datetime.fromisoformat(typed))
    except ValueError:
        return typed or MISSING
