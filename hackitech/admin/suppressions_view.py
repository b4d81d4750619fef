"""What the page of suppressed addresses shows."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from hackitech.admin.listing_view import PAGE_SIZE, choice, pages_beside, words
from hackitech.bounces import queries
from hackitech.channels.registry import CHANNELS, channel_label
from hackitech.core.i18n import N_

REASONS = (
    ("complaint", N_("The recipient reported an email as unwanted.")),
    ("hard bounce", N_("The mail provider gave an email back: the address does not exist, or not any more.")),
)
"""By how the reason that was noted begins."""
OTHER_REASON = N_("The mail server refused the address for good.")


def list_context() -> dict[str, Any]:
    """Return what `suppressions.html` shows.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    q, channel = words("q"), choice("channel", CHANNELS)
    found = queries.suppressions_of_members(q, channel or None)
    page = queries.NEWEST_FIRST.page(found, request.args.get("cursor"), PAGE_SIZE)
    return {
        "q": q,
        "channel": channel,
        "channels": [("", _("Every channel")), *((key, _(channel_label(key))) for key in CHANNELS)],
        "rows": [present(row) for row in page.rows],
        **pages_beside(page, q=q, channel=channel),
    }


def present(row: Any) -> dict[str, Any]:
    """Return what is shown of a row of `suppressions_of_members`."""
    return {
        "address": row.address,
        "channel": row.channel,
        "channel_label": _(channel_label(row.channel)) if row.channel in CHANNELS else row.channel,
        "reason": reason_words(row.reason),
        "answer": row.reason,
        "since": row.created_at,
        "member_name": row.member_name or row.address,
        "member_url": row.member_id and url_for("admin.members.show", user_id=row.member_id),
        "lift_url": url_for("admin.suppressions.confirm", channel=row.channel, address=row.address),
    }


def reason_words(reason: str) -> str:
    """Return a reason that was noted as a sentence."""
    said = next((text for start, text in REASONS if reason.startswith(start)), OTHER_REASON)
    return str(_(said))
