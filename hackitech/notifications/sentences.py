"""What the inbox says after it did something."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from hackitech.core.dates import absolute_time
from hackitech.notifications.folding_queries import COUNTED, Group


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and what undoes what it tells of; `aloud` where it is only said, not shown in place."""

    text: str = ""
    kind: str = "ok"
    undo_token: str | None = None
    aloud: bool = False

    def parts(self) -> dict[str, Any]:
        """Return what `_answer.html` needs to say it."""
        if self.aloud or not self.text:
            return {"announcement": self.text}
        return {"toast": {"text": self.text, "kind": self.kind, "undo_token": self.undo_token}}


_DONE: dict[str, Callable[..., str]] = {
    "read": lambda n, **v: ngettext("Marked as read.", "%(count)s marked as read.", n, **v),
    "unread": lambda n, **v: ngettext("Marked as unread.", "%(count)s marked as unread.", n, **v),
    "archive": lambda n, **v: ngettext("Archived.", "%(count)s archived.", n, **v),
    "unarchive": lambda n, **v: ngettext(
        "Moved back to the inbox.", "%(count)s moved back to the inbox.", n, **v
    ),
    "unsnooze": lambda n, **v: ngettext(
        "Moved back to the inbox.", "%(count)s moved back to the inbox.", n, **v
    ),
    "snooze": lambda n, **v: ngettext(
        "Snoozed until %(until)s.", "%(count)s snoozed until %(until)s.", n, **v
    ),
    "delete": lambda n, **v: ngettext("Deleted.", "%(count)s deleted.", n, **v),
}


def say_done(action: str, changed: int, undo_token: str, until: dt.datetime | None = None) -> Said:
    """Say what an action did to how many, with the way back."""
    if not changed:
        return Said(_("Nothing to change."))
    time = {"until": absolute_time(until)} if until else {}
    text = _DONE[action](changed, count=format_decimal(changed), **time)
    return Said(text, undo_token=undo_token)


def say_in_place(action: str) -> Said:
    """Say what an action did to one notification, which shows it by itself."""
    return Said(_DONE[action](1), aloud=True)


def say_restored(restored: int) -> Said:
    """Say what an undo brought back."""
    if not restored:
        return Said(_("Nothing was restored: it has changed since."), "error")
    count = format_decimal(restored)
    return Said(ngettext("Restored.", "%(count)s restored.", restored, count=count))


def say_nothing_selected() -> Said:
    """Say why a button for the selection did nothing."""
    return Said(_("Select at least one notification first."), "error")


def say_no_such_day() -> Said:
    """Say why nothing was snoozed."""
    return Said(_("Choose a day to come, within a year."), "error")


def say_acknowledged() -> Said:
    """Say that a member's confirmation was noted."""
    return Said(_("Thank you: it is noted that you have taken note."))


def say_muted(until: dt.datetime) -> Said:
    """Say until when something is not heard of."""
    return Said(_("You will hear nothing more of this until %(time)s.", time=absolute_time(until)))


def say_unmuted() -> Said:
    """Say that something is heard of again."""
    return Said(_("You will hear of this again."))


def say_listed(rows: int) -> Said:
    """Say how many rows a filter left, to those who do not see it."""
    return Said(ngettext("%(num)s notification shown.", "%(num)s notifications shown.", rows), aloud=True)


def say_group(group: Group) -> str:
    """Say what a row stands for, and who is behind it: « Ana et 7 autres · 12 notifications »."""
    number = format_decimal(group.events) + ("+" if group.events == COUNTED else "")
    count = ngettext("%(count)s notification", "%(count)s notifications", group.events, count=number)
    if not group.actor_names:
        return count
    name, others = group.actor_names[0], group.actors - 1
    if others:
        number = format_decimal(others)
        name = ngettext(
            "%(name)s and %(count)s other", "%(name)s and %(count)s others", others, name=name, count=number
        )
    return f"{name} · {count}"
