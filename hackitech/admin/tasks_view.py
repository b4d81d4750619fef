"""What the pages of tasks show: how far they are, and in words what came of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import format_decimal, format_percent, ngettext
from flask_babel import gettext as _

from hackitech.admin.failures_sentences import RESULTS
from hackitech.core.i18n import N_
from hackitech.delivery.replay_service import DROP, REPLAY
from hackitech.models.task import CANCELLED, DONE, FAILED, RUNNING
from hackitech.notifications.resend_service import RESEND

Context = dict[str, Any]
STATES = {
    RUNNING: ("plain", N_("Under way")),
    DONE: ("ok", N_("Finished")),
    CANCELLED: ("warning", N_("Stopped")),
    FAILED: ("error", N_("Failed")),
}
"""By status: its kind, and what it is called."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of task is spoken of."""

    title: str
    results: Mapping[str, Callable[[int, str], str]] = field(default_factory=dict)
    """By its name in the task's result, a sentence about a number; what is not here is not shown."""
    counted: bool = True
    """Whether `done` and `total` count what one sees; otherwise a percentage says more."""
    filename: str | None = None
    """What the file that it makes is called, before its date."""
    mimetype: str = "text/csv"


KINDS = {
    "export": Kind(
        N_("The log as a file"),
        {
            "rows": lambda n, count: ngettext(
                "%(count)s row is in the file.", "%(count)s rows are in the file.", n, count=count
            )
        },
        counted=False,
        filename="notifi-log",
    ),
    REPLAY: Kind(N_("Failed deliveries, replayed"), RESULTS),
    DROP: Kind(N_("Failed deliveries, dropped"), RESULTS),
    RESEND: Kind(
        N_("A message, sent again to those who have not acknowledged it"),
        {
            "sent": lambda n, count: ngettext(
                "It was sent again to %(count)s member.",
                "It was sent again to %(count)s members.",
                n,
                count=count,
            )
        },
    ),
}
UNKNOWN = Kind(N_("Task"))


def task_context(task: Any) -> Context:
    """Return what `_task.html` shows of a task's row."""
    kind = KINDS.get(task.kind, UNKNOWN)
    state, word = STATES[task.status]
    told = [(say, task.result[key]) for key, say in kind.results.items() if key in task.result]
    return {
        "id": task.id,
        "title": _(kind.title),
        "state": state,
        "status": _(word),
        "is_running": task.status == RUNNING,
        "done": min(task.done, task.total),
        "total": task.total,
        "progress": _progress(task, kind),
        "sentences": [say(number, format_decimal(number)) for say, number in told],
        "file_url": _file_url(task, kind),
        "created_at": task.created_at,
        "finished_at": task.finished_at,
        "url": url_for("admin.tasks.show", task_id=task.id),
    }


def _progress(task: Any, kind: Kind) -> str:
    if kind.counted:
        return _("%(done)s of %(total)s", done=format_decimal(task.done), total=format_decimal(task.total))
    share = min(task.done / task.total, 1) if task.total else float(task.status == DONE)
    return str(format_percent(int(share * 100) / 100))


def _file_url(task: Any, kind: Kind) -> str | None:
    made = task.status == DONE and kind.filename is not None
    return url_for("admin.tasks.download", task_id=task.id) if made else None
