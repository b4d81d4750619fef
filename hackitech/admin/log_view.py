"""What the page of the log shows: its filters, as they were typed and as they are meant, and its rows."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts.queries import list_users
from hackitech.catalog.lookup import all_types, find_type
from hackitech.channels.registry import channel_keys, channel_label
from hackitech.core.database import MAX_ID, db
from hackitech.core.i18n import N_, in_language
from hackitech.core.json_input import check_text
from hackitech.core.local_time import to_utc
from hackitech.models.notification import IN_APP
from hackitech.models.rules import Rule
from hackitech.models.statuses import FAILURES, Status
from hackitech.notifications import log_queries
from hackitech.notifications.log_filters import LogFilters
from hackitech.notifications.log_service import FACTS

Context = dict[str, Any]
FIELDS = ("q", "status", "channel", "type", "person", "topic", "event", "from", "to")
RARE = ("topic", "event", "from", "to")
"""Filters that are folded away unless they are used."""
MOST_CHARACTERS = 200
PAGE_SIZE = 50
NAMESAKES = 10
"""So many members are offered where several bear the name that was typed."""
STATUSES: dict[str, tuple[str, tuple[Status, ...]]] = {
    "waiting": (N_("Waiting"), (Status.CREATED, Status.QUEUED)),
    "held": (N_("On hold"), (Status.HELD,)),
    "sending": (N_("Sending"), (Status.SENDING,)),
    "retrying": (N_("Trying again"), (Status.RETRYING,)),
    "unknown": (N_("Not known yet"), (Status.UNKNOWN,)),
    "sent": (N_("Sent"), (Status.SENT,)),
    "delivered": (N_("Delivered"), (Status.DELIVERED,)),
    "digested": (N_("In a summary"), (Status.DIGESTED,)),
    "suppressed": (N_("Not sent"), (Status.SUPPRESSED,)),
    "cancelled": (N_("Cancelled"), (Status.CANCELLED,)),
    "expired": (N_("Expired"), (Status.EXPIRED,)),
    "failed": (N_("Failed"), FAILURES),
}
"""What one filters by, in the words of the tags."""
HEADER = {
    "id": N_("Number"),
    "event_id": N_("Message no."),
    "created_at": N_("Created (UTC)"),
    "recipient_id": N_("Member no."),
    "recipient_name": N_("Name"),
    "recipient_email": N_("Email address"),
    "notification_type": N_("Type"),
    "topic": N_("Topic"),
    "title": N_("Title"),
    "seen_at": N_("Seen (UTC)"),
    "read_at": N_("Read (UTC)"),
    "acknowledged_at": N_("Acknowledged (UTC)"),
}
EXPECTED = (Rule.NARROWED, Rule.NO_ADDRESS)
"""Nobody wonders why nothing went there, unless they ask for what was not sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as typed, what they mean, and what is wrong with them."""

    values: Mapping[str, str]
    filters: LogFilters = field(default_factory=LogFilters)
    errors: dict[str, str] = field(default_factory=dict)
    namesakes: tuple[Any, ...] = ()
    """Members among whom the reader has to choose first."""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Asked":
        """Read a query string or a form; a status, channel or type that there is not narrows nothing.

        Raises:
            Invalid: a text that no database can hold.
        """
        typed = {name: "" for name in FIELDS} | typed_values(given)
        errors: dict[str, str] = {}
        person, namesakes = _person(typed["person"], errors)
        known = find_type(db.session, typed["type"])
        filters = LogFilters(
            statuses=STATUSES[typed["status"]][1] if typed["status"] in STATUSES else (),
            channel=typed["channel"] if typed["channel"] in channel_keys() else None,
            notification_type=known.key if known else None,
            recipient_id=person,
            topic=typed["topic"] or None,
            event_id=_event(typed["event"], errors),
            created_after=_time(typed, "from", errors),
            created_before=_time(typed, "to", errors),
            search=typed["q"],
        )
        return cls(typed_values(given), filters, errors, namesakes)

    def url(self, **more: Any) -> str:
        """Return the address of this list, with what else is given."""
        values: dict[str, Any] = {**self.values, **more}
        return url_for("admin.log.index", **values)


def typed_values(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the filters that were typed, without what is empty.

    Raises:
        Invalid: a text that no database can hold.
    """
    typed = {name: given.get(name, "").strip()[:MOST_CHARACTERS] for name in FIELDS}
    check_text("".join(typed.values()))
    return {name: value for name, value in typed.items() if value}


def _person(text: str, errors: dict[str, str]) -> tuple[int | None, tuple[Any, ...]]:
    """Return who is meant by a number, an address or a name; or those who may be meant."""
    if not text:
        return None, ()
    if text.isascii() and text.isdigit():
        return min(int(text), MAX_ID), ()
    by_address = {"email": text.lower()} if "@" in text else {"search": text}
    found = db.session.execute(list_users(by_address).order_by("name", "id").limit(NAMESAKES)).all()
    if not found:
        errors["person"] = _("Nobody has this name or this address.")
    return (found[0].id, ()) if len(found) == 1 else (None, tuple(found))


def _event(text: str, errors: dict[str, str]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        errors["event"] = _("A message is found by its number.")
        return None
    return min(int(text), MAX_ID)


def _time(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> dt.datetime | None:
    if not typed[name]:
        return None
    try:
        return read_moment(typed[name], ends=name == "to")
    except ValueError:
        errors[name] = _("Write a day and a time, such as 2026-11-23T18:00.")
        return None


def read_moment(text: str, *, ends: bool) -> dt.datetime:
    """Return the moment of a reader's local time or day; a day that something ends on belongs to it.

    Raises:
        ValueError: it is none.
    """
    local = dt.datetime.fromisoformat(text).replace(tzinfo=None)
    try:
        if ends:
            local += dt.timedelta(days=1) if len(text) == len("2026-11-23") else dt.timedelta(minutes=1)
        return to_utc(local, current_user.timezone)
    except OverflowError:
        raise ValueError("a time that no clock shows") from None


def list_context(asked: Asked, cursor: str | None) -> Context:
    """Return what `log.html` shows.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    return {
        "asked": asked.values,
        "errors": asked.errors,
        "namesakes": [
            {"name": one.name, "email": one.email, "url": asked.url(person=one.id)} for one in asked.namesakes
        ],
        "statuses": [("", _("Any status"))]
        + [(key, _(label)) for key, (label, _statuses) in STATUSES.items()],
        "channels": [("", _("Any channel"))] + [(key, _(channel_label(key))) for key in channel_keys()],
        "more": any(name in asked.values for name in RARE) or bool(asked.errors),
        "types": [("", _("All types"))] + _types(asked.filters.notification_type),
        "timezone": current_user.timezone,
        **_rows(asked, cursor),
    }


def _types(chosen: str | None) -> list[tuple[str, str]]:
    """Return the types to filter by; one that is not offered any more, where it is asked for."""
    offered = {loaded.key: in_language(loaded.label) for loaded in all_types(db.session)}
    if chosen is not None:
        offered.setdefault(chosen, type_label(chosen))
    return list(offered.items())


def type_label(key: str) -> str:
    """Return what a type is called now; its key, where it is gone."""
    known = find_type(db.session, key)
    return in_language(known.label) if known else key


def _rows(asked: Asked, cursor: str | None) -> Context:
    if asked.errors or asked.namesakes:
        return {"rows": [], "reached": None, "next_url": None, "newest_url": None}
    page = log_queries.log_page(db.session(), asked.filters, cursor, PAGE_SIZE)
    deliveries = log_queries.deliveries_in_short(db.session(), [row.id for row in page.rows])
    return {
        "rows": [_present(asked, row, deliveries.get(row.id, [])) for row in page.rows],
        "reached": page.reached and page.reached.created_at,
        "next_url": page.next and asked.url(cursor=page.next),
        "newest_url": asked.url() if cursor else None,
    }


def _present(asked: Asked, row: Any, deliveries: list[Any]) -> Context:
    values: dict[str, Any] = dict(asked.values)
    return {
        "id": row.id,
        "url": url_for("admin.log.show", notification_id=row.id, **values),
        "title": in_language(row.title),
        "type_label": type_label(row.notification_type),
        "name": row.recipient_name,
        "created_at": row.created_at,
        "read_at": row.read_at,
        "acknowledged_at": row.acknowledged_at,
        "channels": _channels(asked.filters, row, deliveries),
    }


def _channels(filters: LogFilters, row: Any, deliveries: list[Any]) -> list[Context]:
    """Return each channel with its statuses; where several devices fared alike, once."""
    in_app = Status.DELIVERED if row.in_inbox else Status.SUPPRESSED
    became = [(IN_APP, in_app, row.in_app_rule), *((one.channel, one.status, one.rule) for one in deliveries)]
    statuses: dict[str, list[str]] = {}
    for channel, status, rule in became:
        if rule in EXPECTED and status == Status.SUPPRESSED and Status.SUPPRESSED not in filters.statuses:
            continue
        known = statuses.setdefault(channel, [])
        if status not in known:
            known.append(status)
    return [
        {"key": key, "label": _(channel_label(key)), "statuses": found} for key, found in statuses.items()
    ]


def export_header(channels: list[str]) -> list[str]:
    """Return the names of the file's columns in the reader's language."""
    header = [_(HEADER[name]) for name in FACTS]
    for key in channels:
        label = _(channel_label(key))
        header += [label, _("%(channel)s: rule", channel=label)]
    return header
