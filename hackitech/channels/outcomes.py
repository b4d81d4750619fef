"""What became of a try to send, as a value; and how much of a provider's answer may be kept."""

import re
from collections.abc import Callable

import structlog
from rq.timeouts import BaseTimeoutException

from hackitech.channels.base import Outcome, Permanent, Technical, Temporary
from hackitech.core.kill_points import kill_point
from hackitech.core.logs import redact

log = structlog.get_logger()
_URL = re.compile(r"https?://\S+")
_LONGEST = 300
_BLANK = re.compile(" +")
_VARYING = re.compile(
    r"(?P<kept>(?:^|(?<=: )|(?<=bounce ))[2-5]\d\d\b|\b[245]\.\d{1,3}\.\d{1,3}\b(?!\.))"  # codes
    r"|\S*@[^\s,;:]*"
    r"|[\w-]*…[\w-]*"
    r"|\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[\w-]{6,}\b"  # ids: letters and digits in one word
    r"|\d+(?:[.:]\d+)*"
)
_NO_BREAK = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"


def outcome_of(send: Callable[[], None]) -> Outcome:
    """Return what `send` raised, None if nothing; any bug of ours is technical and logged."""
    try:
        kill_point("worker.before_send")
        send()
        kill_point("worker.accepted")
    except (Temporary, Permanent, Technical) as outcome:
        return outcome
    except BaseTimeoutException:  # the job's time is over, which says nothing about this message
        raise
    except Exception as bug:
        log.exception("sending_failed")
        return Technical(f"{type(bug).__name__} in our own code")
    return None


def clean(answer: str | bytes) -> str:
    """Return a provider's answer on one line, cut, and without the addresses that it quotes."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return redact(_URL.sub("…", one_line(text[: 4 * _LONGEST])))[:_LONGEST]


def one_line(text: str) -> str:
    """Return `text` without line breaks and control characters; spaces that do not break stay."""
    return _BLANK.sub(" ", "".join(c if c.isprintable() or c in _NO_BREAK else " " for c in text)).strip()


def alike(detail: str) -> str:
    """Return an answer with "…" for what differs between those like it: addresses, ids, times, numbers."""
    return _VARYING.sub(lambda found: found["kept"] or "…", detail)
