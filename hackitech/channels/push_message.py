"""What a push says, in little room, and for how long it is worth saying."""

import base64
import hashlib
import json
import re
from bisect import bisect_right
from typing import Any

from flask import current_app

from hackitech.channels.base import Message, Technical
from hackitech.channels.outcomes import one_line
from hackitech.core import clock

LARGEST_PLAIN = 4096 - 103
"""Bytes: a push service takes 4 KiB, of which the encryption needs 103."""
LONGEST_TITLE = 200
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


def payload(message: Message) -> bytes:
    """Return what the service worker shows, as JSON; a long text is cut to what fits in one push."""
    body = message.wording.get("body", message.text)
    fields: dict[str, Any] = {
        "id": message.notification_id,
        "title": one_line(message.wording.get("subject", message.title))[:LONGEST_TITLE],
        "body": body,
        "url": message.action_url,
        "tag": topic(message.dedupe_id),
    }
    whole = _encoded(fields)
    if len(whole) <= LARGEST_PLAIN:
        return whole

    def size(length: int) -> int:
        return len(_encoded(fields | {"body": body[:length] + "…"}))

    fits = bisect_right(range(len(body)), LARGEST_PLAIN, key=size) - 1
    if fits < 0:
        raise Technical("even without its text the message is too large for a push")
    return _encoded(fields | {"body": body[:fits] + "…"})


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


def _encoded(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
