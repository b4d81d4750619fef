"""A draft as `notify()` takes it; whatever is wrong with it is found at once, by field."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, cast

from hackitech.accounts.addressees import members_named
from hackitech.catalog.lookup import get_type
from hackitech.channels.registry import channel_keys
from hackitech.core import clock
from hackitech.core.database import db
from hackitech.core.errors import FieldErrors, Invalid, NotFound
from hackitech.core.i18n import LOCALES
from hackitech.core.local_time import to_utc
from hackitech.models.user import ROLES
from hackitech.notifications.content import (
    MAX_MESSAGE,
    MAX_TITLE,
    NotifyFields,
    check_action_url,
    event_content,
)
from hackitech.notifications.expansion import audience_size
from hackitech.notifications.notify import MAX_RECIPIENTS, prepare
from hackitech.topics.queries import Manager, get_managed

LIMITS = {"title": MAX_TITLE, "message": MAX_MESSAGE}
AT_ONCE, AT_A_TIME, AT_LOCAL_TIME = "now", "at", "local"
PEOPLE, TOPIC, ROLE, ALL = "people", "topic", "role", "all"
KINDS = (PEOPLE, TOPIC, ROLE, ALL)
_BETWEEN = re.compile(r"[\s,;]+")

Part = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: an organiser to topics of their own, with `of_all` an administrator to anybody."""

    id: int
    of_all: bool
    timezone: str
    """By whose clock the times of a draft are typed."""


class People(NamedTuple):
    """Members by id, and what was typed that is nobody's."""

    ids: list[int]
    unknown: list[str]


def check_draft(draft: Any, sender: Sender) -> NotifyFields:
    """Return what a draft's row says, and to whom.

    Raises:
        Invalid: `errors` holds everything that is wrong or missing.
    """
    return _all_of(partial(check_content, draft, sender), partial(check_audience, draft.audience, sender))


def check_content(draft: Any, sender: Sender) -> NotifyFields:
    """Return what a draft's row says.

    Raises:
        Invalid: by field; texts as `title_fr`.
    """
    content = draft.content
    loaded = get_type(db.session(), draft.notification_type)
    fields = _all_of(
        *(partial(_words, content, name) for name in LIMITS),
        partial(_link, content),
        partial(_times, content, sender.timezone),
        lambda: choices(content),
    )
    event_content(loaded, fields, None)
    return fields


def check_audience(audience: Mapping[str, Any], sender: Sender) -> NotifyFields:
    """Return whom an audience names.

    Raises:
        Invalid: by field: none is chosen, nobody is in it, or it is not for this sender.
    """
    kind = audience.get("kind")
    if kind == TOPIC:
        return {"topic": _topic(audience.get("topic", ""), sender)}
    if kind not in KINDS or not sender.of_all:
        raise Invalid({"kind": ["Choose an audience."]})
    if kind == ALL:
        return {"all": True}
    if kind == ROLE:
        return {"role": _one_of("role", audience.get("role"), ROLES)}
    found = find_people(audience.get("people", ""))
    if not found.ids:
        raise Invalid({"people": ["Nobody is known by what is typed."]})
    return {"recipients": found.ids}


def count_recipients(notification_type: str, fields: NotifyFields) -> int:
    """Return how many members are named, without a look at what each would receive.

    Raises:
        Invalid: as `notify` does.
    """
    session = db.session()
    return audience_size(session, prepare(session, notification_type, fields).audience)


def choices(content: Mapping[str, Any]) -> NotifyFields:
    """Return what is chosen from lists rather than typed: it is never half finished."""
    chosen = [key for key in channel_keys() if key in content.get("channels", channel_keys())]
    if not chosen:
        raise Invalid({"channels": ["Choose at least one."]})
    return {
        "priority": content.get("priority") or "normal",
        "channels": None if chosen == channel_keys() else chosen,
        "acknowledge": bool(content.get("acknowledge")),
    }


def find_people(typed: str) -> People:
    """Return whom addresses and ids mean, whatever stands between them.

    Raises:
        Invalid: more than a message may name.
    """
    words = list(dict.fromkeys(word for word in _BETWEEN.split(typed) if word))
    if len(words) > MAX_RECIPIENTS:
        raise Invalid({"people": ["Too many."]})
    known = members_named(words)
    ids = list(dict.fromkeys(known[word] for word in words if word in known))
    return People(ids, [word for word in words if word not in known])


def _all_of(*parts: Part) -> NotifyFields:
    """Return what all parts say together, or raise all that is wrong with any."""
    said: dict[str, Any] = {}
    wrong: dict[str, Any] = {}
    for part in parts:
        try:
            said |= part()
        except Invalid as error:
            wrong |= error.errors
    if wrong:
        raise Invalid(wrong)
    return cast(NotifyFields, said)


def _words(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    texts = {locale: content.get(name, {}).get(locale, "").strip() for locale in LOCALES}
    wrong: FieldErrors = {
        f"{name}_{locale}": [f"From 1 to {LIMITS[name]} characters."]
        for locale, text in texts.items()
        if not 1 <= len(text) <= LIMITS[name]
    }
    if wrong:
        raise Invalid(wrong)
    return {name: texts}


def _link(content: Mapping[str, Any]) -> NotifyFields:
    return {"action_url": check_action_url(content.get("action_url", "").strip() or None)}


def _times(content: Mapping[str, Any], timezone: str) -> NotifyFields:
    when, fields = content.get("when", AT_ONCE), NotifyFields()
    if when != AT_ONCE:
        local = _typed_time("send_at", content.get("send_at", ""))
        if to_utc(local, timezone) <= clock.now():
            raise Invalid({"send_at": ["Must be in the future."]})
        if when == AT_LOCAL_TIME:
            fields["send_at_local"] = local
        else:
            fields["send_at"] = to_utc(local, timezone)
    if content.get("expires_at"):
        fields["expires_at"] = to_utc(_typed_time("expires_at", content["expires_at"]), timezone)
    return fields


def _typed_time(field: str, text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or not 1970 < moment.year < 3000:
        raise Invalid({field: ["Not a day and a time."]})
    return moment


def _topic(key: str, sender: Sender) -> str:
    try:
        return get_managed(key, Manager(sender.id, sender.of_all)).key
    except NotFound:
        raise Invalid({"topic": ["Choose a topic."]}) from None


def _one_of(field: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Invalid({field: ["Choose one."]})
    return str(value)
