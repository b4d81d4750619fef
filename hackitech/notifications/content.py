"""What a caller may say in a notification, checked, and said in every language."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypedDict

from hackitech.catalog.definitions import LoadedType
from hackitech.catalog.params import check_params
from hackitech.catalog.rendering import render_event_wording
from hackitech.catalog.wording import WordingError
from hackitech.channels.registry import channel_keys
from hackitech.core import clock
from hackitech.core.errors import Invalid
from hackitech.core.i18n import LOCALES
from hackitech.core.security import is_action_link
from hackitech.core.text import fold
from hackitech.models.event import PRIORITIES

Wording = str | Mapping[str, str]
MAX_TITLE, MAX_MESSAGE = 200, 10_000
LAST_CLOCKS = dt.timezone(dt.timedelta(hours=-12))
"""Where on earth a local time comes last."""


class Member(Protocol):
    """Somebody by id and name: a row, an entity, or who is signed in."""

    id: Any
    name: Any


class NotifyFields(TypedDict, total=False):
    """What `notify()` takes beside the type: one audience, and the content."""

    recipients: Sequence[Member | int]
    topic: str
    role: str
    all: bool
    actor: Member | int | None
    sender_id: int | None
    params: Mapping[str, Any]
    title: Wording
    message: Wording
    action_url: str | None
    data: Mapping[str, Any]
    priority: str
    group_key: str | None
    object: str | None
    send_at: dt.datetime | None
    send_at_local: dt.datetime | None
    """Without a zone, instead of `send_at`: for each recipient when their own clock shows it."""
    expires_at: dt.datetime | None
    channels: Sequence[str] | None
    acknowledge: bool
    """Whether each is asked to confirm having taken note."""


def event_content(loaded: LoadedType, fields: NotifyFields, actor_name: str | None) -> dict[str, Any]:
    """Return the event's columns that the content fills.

    Raises:
        Invalid: by field.
    """
    wording, params = _wording(loaded, fields, actor_name)
    title = {locale: wording[locale]["title"] for locale in LOCALES}
    message = {locale: wording[locale]["message"] for locale in LOCALES}
    return {
        "title": title,
        "message": message,
        "channel_wording": {locale: _other_words(wording[locale]) for locale in LOCALES},
        "search_text": search_text(title, message),
        "params": params,
        "action_url": check_action_url(fields.get("action_url")),
        "data": dict(fields.get("data") or {}),
        "priority": one_of("priority", fields.get("priority") or loaded.priority, PRIORITIES),
        "group_key": fields.get("group_key"),
        "object": fields.get("object"),
        "channels": _channels(fields.get("channels")),
        "expires_at": _expiry(fields),
        "acknowledge": bool(fields.get("acknowledge")),
    }


def search_text(title: Mapping[str, str], message: Mapping[str, str]) -> str:
    """Return the folded text that search looks through, every language in it."""
    return fold("\n".join(dict.fromkeys([*title.values(), *message.values()])))


def in_every_language(field: str, text: Wording, limit: int) -> dict[str, str]:
    """Return `text` by language; a plain string is said in each.

    Raises:
        Invalid: a language is missing, empty or too long.
    """
    texts = dict.fromkeys(LOCALES, text) if isinstance(text, str) else dict(text)
    if set(texts) != set(LOCALES):
        raise Invalid({field: [f"Give a string, or one for each of: {', '.join(LOCALES)}."]})
    for locale, said in texts.items():
        if not isinstance(said, str) or not said.strip() or len(said) > limit:
            raise Invalid({field: [f"{locale}: from 1 to {limit} characters."]})
    return texts


def check_action_url(url: str | None) -> str | None:
    """Return `url` if a notification may link there.

    Raises:
        Invalid: neither https nor a path on this site.
    """
    if url is not None and (len(url) > 2000 or not is_action_link(url)):
        raise Invalid({"action_url": ["An https address or a path on this site, at most 2000 characters."]})
    return url


def _wording(
    loaded: LoadedType, fields: NotifyFields, actor_name: str | None
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    for field, other in (("title", "message"), ("message", "title")):
        if fields.get(field) is not None and fields.get(other) is None:
            raise Invalid({other: [f"Give {other} with {field}, or neither and the type's params."]})
    own_words = fields.get("title") is not None
    params = check_params(loaded, fields.get("params") or {}, partial=own_words)
    if own_words:
        title = in_every_language("title", fields["title"], MAX_TITLE)
        message = in_every_language("message", fields["message"], MAX_MESSAGE)
        return {locale: {"title": title[locale], "message": message[locale]} for locale in LOCALES}, params
    try:
        return render_event_wording(loaded, params, actor_name), params
    except WordingError as error:
        raise Invalid({"params": [str(error)]}) from error


def _other_words(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: text for name, text in said.items() if name not in ("title", "message")}


def one_of(field: str, value: str, allowed: Sequence[str]) -> str:
    """Return `value` if it is among those allowed.

    Raises:
        Invalid: it is not.
    """
    if value not in allowed:
        raise Invalid({field: [f"One of: {', '.join(allowed)}."]})
    return value


def _channels(channels: Sequence[str] | None) -> list[str] | None:
    if channels is None:
        return None
    for index, channel in enumerate(channels):
        one_of(f"channels.{index}", channel, channel_keys())
    if not channels:
        raise Invalid({"channels": ["Name at least one, or leave it out."]})
    return sorted(set(channels))


def _expiry(fields: NotifyFields) -> dt.datetime | None:
    expires_at, local = fields.get("expires_at"), _local_time(fields)
    last = local.replace(tzinfo=LAST_CLOCKS) if local else fields.get("send_at")
    if expires_at is not None and expires_at <= max(clock.now(), last or clock.now()):
        raise Invalid({"expires_at": ["Must lie in the future, and after the time of sending everywhere."]})
    return expires_at


def _local_time(fields: NotifyFields) -> dt.datetime | None:
    local = fields.get("send_at_local")
    if local is not None and (local.tzinfo is not None or fields.get("send_at") is not None):
        raise Invalid({"send_at_local": ["A time without a zone, and instead of send_at."]})
    return local
