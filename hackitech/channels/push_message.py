"""What a push says, in little room, and for how long it is worth saying."""

import base64
import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from flask import current_app

from hackitech.channels.base import Message, Technical, Withdrawal
from hackitech.channels.links import action_link
from hackitech.channels.outcomes import one_line
from hackitech.core import clock

LARGEST_PLAIN = 4096 - 103
"""Bytes: a push service takes 4 KiB, of which the encryption needs 103."""
LARGEST_FOR_PHONES = 4096
LARGEST_LINK = 2048
LONGEST_TITLE = 200
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


def payload(message: Message) -> bytes:
    """Return what the service worker shows, as JSON; a long text is cut to what fits in one push."""
    fields: dict[str, Any] = {
        "id": message.notification_id,
        "title": title(message),
        "body": "",
        "url": message.action_url,
        "tag": topic(message.dedupe_id),
    }
    return fitted(lambda body: fields | {"body": body}, message, LARGEST_PLAIN)


def fitted(write: Callable[[str], dict[str, Any]], message: Message, largest: int) -> bytes:
    """Return as JSON what `write` makes of the message's text, cut until all is at most `largest` bytes.

    Raises:
        Technical: even without the text it is larger.
    """
    body = message.wording.get("body", message.text)
    whole = encoded(write(body))
    if len(whole) <= largest:
        return whole

    def size(length: int) -> int:
        return len(encoded(write(body[:length] + "…")))

    fits = bisect_right(range(len(body)), largest, key=size) - 1
    if fits < 0:
        raise Technical("even without its text the message is too large for a push")
    return encoded(write(body[:fits] + "…"))


def title(message: Message) -> str:
    """Return a title of one line."""
    return one_line(message.wording.get("subject", message.title))[:LONGEST_TITLE]


def facts(message: Message) -> dict[str, Any]:
    """Return what an app is told beside what is shown: `id`, `tag`, and `url` if there is one to open.

    A link that would leave no room for the text is left out: the app opens the notification instead.
    """
    found: dict[str, Any] = {"id": message.notification_id, "tag": topic(message.dedupe_id)}
    url = action_link(message)
    if url and len(encoded(url)) <= LARGEST_LINK:
        found["url"] = url
    return found


def withdrawal_facts(withdrawal: Withdrawal) -> dict[str, Any]:
    """Return what takes a push back: its `tag` as `withdraw`, `id`, and how many are unread now."""
    return {
        "withdraw": topic(withdrawal.dedupe_id),
        "id": withdrawal.notification_id,
        "unread_count": withdrawal.unread_count,
    }


def topic(dedupe_id: str) -> str:
    """Return a name of at most 32 letters: a repeated push replaces the one that still waits."""
    if _TOPIC.fullmatch(dedupe_id):
        return dedupe_id
    return base64.urlsafe_b64encode(hashlib.sha256(dedupe_id.encode()).digest())[:32].decode()


def lifetime(message: Message) -> float:
    """Return the seconds for which a push is news: how long it is tried, and kept by its service."""
    return float(current_app.config["PUSH_TTL_URGENT" if message.priority == "urgent" else "PUSH_TTL"])


def time_to_live(message: Message) -> int:
    """Return the seconds that a push service keeps a push for a device that is away."""
    seconds = lifetime(message)
    if message.expires_at:
        seconds = min(seconds, (message.expires_at - clock.now()).total_seconds())
    return max(0, int(seconds))


def withdrawal_time_to_live() -> int:
    """Return the seconds that a push service keeps a withdrawal: as long as what it takes back."""
    return int(current_app.config["PUSH_TTL"])


def encoded(value: Any) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
