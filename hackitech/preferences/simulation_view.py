"""What the preview says: how much of what would have come, in a sentence and side by side."""

from collections.abc import Callable
from typing import Any

from babel.lists import format_list
from flask_babel import format_decimal, get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.channels.email import EmailChannel
from hackitech.channels.push import PushChannel
from hackitech.channels.registry import channel_label
from hackitech.preferences import queries
from hackitech.preferences.simulation_service import Preview, Simulated

NAMED: dict[str, Callable[..., str]] = {
    EmailChannel.key: lambda n, **v: ngettext("%(count)s email", "%(count)s emails", n, **v),
    PushChannel.key: lambda n, **v: ngettext("%(count)s push", "%(count)s pushes", n, **v),
}
"""What the sentence is about; the table beside it has every channel."""


def preview_context(preview: Preview) -> dict[str, Any]:
    """Return what `_preview.html` shows."""
    found = preview.simulated
    return {
        "preview": {
            "sentence": _sentence(found),
            "unsaved": preview.unsaved,
            "since": found.span.start if found.cut else None,
            "channels": _bars(found),
        }
    }


def _sentence(found: Simulated) -> str:
    sent, would_be = ([counts[key] for key in NAMED] for counts in (found.sent, found.would_be))
    if not any(sent + would_be):
        return _("With these settings, neither an email nor a push would have come in the last 30 days.")
    if sent == would_be:
        same = _listed(
            [name(n, count=format_decimal(n)) for name, n in zip(NAMED.values(), sent, strict=True)]
        )
        return _("With these settings, the last 30 days would have been the same: %(sent)s.", sent=same)
    named = [name(n, count=format_decimal(n)) for name, n in zip(NAMED.values(), would_be, strict=True)]
    return _(
        "With these settings, the last 30 days would have been %(would_be)s, instead of %(sent)s.",
        would_be=_listed(named),
        sent=_listed([format_decimal(n) for n in sent]),
    )


def _listed(texts: list[str]) -> str:
    return format_list(texts, locale=get_locale())


def _bars(found: Simulated) -> list[dict[str, Any]]:
    """Return each channel's two numbers, with the share of the longest bar that each takes."""
    shown = queries.channels_shown(current_user.id)
    longest = max((*found.sent.values(), *found.would_be.values(), 1))
    return [
        {
            "key": key,
            "label": _(channel_label(key)),
            "sent": found.sent[key],
            "would_be": found.would_be[key],
            "sent_share": round(100 * found.sent[key] / longest),
            "would_be_share": round(100 * found.would_be[key] / longest),
        }
        for key in shown
    ]
