"""What became of failed deliveries that somebody dealt with, in words."""

from collections.abc import Callable, Mapping

from flask_babel import format_decimal, ngettext

RESULTS: Mapping[str, Callable[[int, str], str]] = {
    "sent": lambda n, count: ngettext(
        "%(count)s delivery is sent again.", "%(count)s deliveries are sent again.", n, count=count
    ),
    "suppressed": lambda n, count: ngettext(
        "%(count)s is not, as the member’s choices or address say.",
        "%(count)s are not, as the members’ choices or addresses say.",
        n,
        count=count,
    ),
    "stopped": lambda n, count: ngettext(
        "%(count)s stays as it is: its message was stopped or is over.",
        "%(count)s stay as they are: their messages were stopped or are over.",
        n,
        count=count,
    ),
    "dropped": lambda n, count: ngettext(
        "%(count)s delivery is dropped.", "%(count)s deliveries are dropped.", n, count=count
    ),
    "gone": lambda n, count: ngettext(
        "%(count)s had been dealt with before.", "%(count)s had been dealt with before.", n, count=count
    ),
}


def say_settled(settled: Mapping[str, int]) -> str:
    """Say what became of a selection."""
    told = [(say, settled[key]) for key, say in RESULTS.items() if settled.get(key)]
    return " ".join(say(number, format_decimal(number)) for say, number in told)
