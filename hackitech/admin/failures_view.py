"""What the pages of failed deliveries show: their filters, the groups, and what a replay would do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.admin.listing_view import read_id
from hackitech.admin.log_view import read_moment, type_label
from hackitech.admin.rules_view import rule_words
from hackitech.catalog.lookup import all_types
from hackitech.channels.registry import CHANNELS, channel_label
from hackitech.core.database import db
from hackitech.core.i18n import N_, in_language
from hackitech.core.json_input import check_text
from hackitech.delivery import failures_queries
from hackitech.delivery.failure_filters import FailureFilters
from hackitech.delivery.replay_service import Forecast
from hackitech.models.statuses import FAILURES, Status

Context = dict[str, Any]
FIELDS = ("channel", "status", "type", "event", "from", "to", "error")
LONGEST = {"error": 500}
LONGEST_OTHER = 100
PAGE_SIZE = 50
CLASSES = {
    Status.TEMPORARY_FAILURE: (N_("Temporary"), N_("It was tried until its time was over.")),
    Status.PERMANENT_FAILURE: (N_("Permanent"), N_("The address was refused for good.")),
    Status.TECHNICAL_FAILURE: (N_("Technical"), N_("Something is wrong on our side.")),
}
"""What a class of failure is called, and what it means."""
VERDICTS = {
    "send": N_("Sent at once"),
    "hold": N_("Sent later"),
    "suppress": N_("Not sent"),
    "stopped": N_("Left as it is"),
}
STOPPED = {
    "retracted": N_("Its message was withdrawn."),
    "cancelled": N_("Its message was cancelled."),
    "expired": N_("Its message is over."),
    "paused": N_("Its message is paused: go on with that first."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as typed, what they mean, and what is wrong with them."""

    values: dict[str, str]
    filters: FailureFilters
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Asked":
        """Read a query string or a form; a channel, class or type that there is not narrows nothing.

        Raises:
            Invalid: a text that no database can hold.
        """
        typed = {name: given.get(name, "").strip()[: LONGEST.get(name, LONGEST_OTHER)] for name in FIELDS}
        check_text("".join(typed.values()))
        errors: dict[str, str] = {}
        filters = FailureFilters(
            channel=typed["channel"] if typed["channel"] in CHANNELS else None,
            status=typed["status"] if typed["status"] in FAILURES else None,
            notification_type=typed["type"] or None,
            event_id=_event(typed["event"], errors),
            since=_moment(typed, "from", errors),
            until=_moment(typed, "to", errors),
            error=typed["error"] if "error" in given else None,
        )
        kept = {name: value for name, value in typed.items() if value or (name == "error" and name in given)}
        return cls(kept, filters, errors)

    @property
    def is_group(self) -> bool:
        """Whether they name one group."""
        return self.filters.channel is not None and self.filters.error is not None

    def url(self, view: str, **more: Any) -> str:
        """Return the address of one of these pages under the same filters, with what else is given."""
        return url_for(f"admin.failures.{view}", **{**self.values, **more})

    def back_to_index(self) -> str:
        """Return the address of the groups under the same filters, without those that name this one."""
        own = ("channel", "status", "error")
        kept: dict[str, Any] = {name: value for name, value in self.values.items() if name not in own}
        return url_for("admin.failures.index", **kept)

    def back_url(self) -> str:
        """Return the address of the list that these filters show."""
        return self.url("group" if self.is_group else "index")


def _event(text: str, errors: dict[str, str]) -> int | None:
    event_id = read_id(text)
    if text and event_id is None:
        errors["event"] = _("A message is found by its number.")
    return event_id


def _moment(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> Any:
    try:
        return read_moment(typed[name], ends=name == "to") if typed[name] else None
    except ValueError:
        errors[name] = _("Write a day and a time, such as 2026-11-23T18:00.")
        return None


def groups_context(asked: Asked) -> Context:
    """Return what `failures.html` shows."""
    rows, more = (
        ([], False) if asked.errors else failures_queries.newest_failures(db.session(), asked.filters)
    )
    groups = failures_queries.group_failures(rows)
    return {
        "asked": asked,
        "channels": [("", _("Every channel")), *((key, _(channel_label(key))) for key in CHANNELS)],
        "classes": [
            ("", _("Every class")),
            *((status.value, _(word)) for status, (word, _meaning) in CLASSES.items()),
        ],
        "types": [("", _("All types"))]
        + [(one.key, in_language(one.label)) for one in all_types(db.session)],
        "timezone": current_user.timezone,
        "groups": [_present_group(asked, group) for group in groups],
        "more": more,
    }


def _present_group(asked: Asked, group: failures_queries.Group) -> Context:
    return {
        **_present_class(group.status),
        "channel_label": _(channel_label(group.channel)),
        "error": group.error or _("No answer was noted."),
        "example": group.example if group.example != group.error else None,
        "count": group.count,
        "oldest": group.oldest,
        "newest": group.newest,
        "url": asked.url("group", channel=group.channel, status=group.status, error=group.error),
    }


def _present_class(status: str | None) -> Context:
    word, meaning = CLASSES[Status(status)] if status else (N_("All"), "")
    return {"class_label": _(word), "class_meaning": meaning and _(meaning)}


def group_context(asked: Asked, cursor: str | None) -> Context:
    """Return what `failures_group.html` shows of one group.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    page = failures_queries.failures_page(asked.filters, cursor, PAGE_SIZE)
    members, more = failures_queries.newest_failures(db.session(), asked.filters)
    return {
        **_present_class(asked.filters.status),
        "asked": asked,
        "channel_label": _(channel_label(asked.filters.channel or "")),
        "error": asked.filters.error or _("No answer was noted."),
        "rows": [_present(row) for row in page.rows],
        "total": len(members),
        "more": more,
        "next_url": page.next and asked.url("group", cursor=page.next),
        "previous_url": page.previous and asked.url("group", cursor=page.previous),
    }


def _present(row: Any) -> Context:
    return {
        "id": row.id,
        "title": in_language(row.title),
        "type_label": type_label(row.notification_type),
        "recipient_name": row.recipient_name or row.recipient_email,
        "detail": row.detail,
        "attempts": row.attempts,
        "failed_at": row.updated_at,
        "member_url": url_for("admin.members.show", user_id=row.recipient_id),
        "message_url": url_for("admin.messages.show", event_id=row.event_id),
        "log_url": url_for("admin.log.show", notification_id=row.notification_id),
    }


def check_context(asked: Asked, action: str, ids: list[int] | None, forecast: Forecast) -> Context:
    """Return what `failures_check.html` asks; `ids` None: all that the filters find."""
    outcomes = [
        (verdict, rule_words(rule), number) for (verdict, rule), number in forecast.outcomes.items()
    ] + [("stopped", _(STOPPED[why]), number) for why, number in forecast.stopped.items()]
    order = list(VERDICTS)
    outcomes.sort(key=lambda outcome: (order.index(outcome[0]), -outcome[2]))
    return {
        "asked": asked,
        "action": action,
        "ids": ids,
        "total": forecast.total,
        "more": forecast.more,
        "outcomes": [(_(VERDICTS[verdict]), words, number) for verdict, words, number in outcomes],
        "sends": any(verdict in ("send", "hold") for verdict, _words, _number in outcomes),
        "suppressed_address": ("suppress", "suppressed_address") in forecast.outcomes,
    }
