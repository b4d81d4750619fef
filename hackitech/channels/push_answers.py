"""What a push service's answer means."""

from collections.abc import Collection

from hackitech.channels.base import Outcome, Permanent, Technical, Temporary
from hackitech.channels.http_post import Answer

ACCEPTED = (200, 201, 202)
BUSY = (408, 425, 429)


def failure_of(answer: Answer, gone: Collection[int]) -> Outcome:
    """Return the class of an answer, None if it accepts; `gone` are the statuses that end a device."""
    status, detail = answer.status, f"{answer.status} {answer.text}".strip()
    if status in ACCEPTED:
        return None
    if status in gone:
        return Permanent(detail)
    if is_busy(answer):
        return Temporary(detail, retry_after=answer.retry_after)
    if 300 <= status < 400:
        return Technical(f"{status} redirect refused")
    return Technical(detail)


def is_busy(answer: Answer) -> bool:
    """Whether the same request may be accepted later."""
    return answer.status in BUSY or answer.status >= 500
