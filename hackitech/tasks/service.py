"""Go on with tasks, and stop them."""

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from hackitech.core import clock
from hackitech.core.kill_points import kill_point
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit
from hackitech.models.task import CANCELLED, FAILED
from hackitech.tasks.lifecycle import Steps, end_task, move_on
from hackitech.tasks.queries import get_task, longest_due

log = structlog.get_logger()


def advance_due_task(steps: Steps) -> bool:
    """Do the next chunk of the task that has been due for longest, and return whether there was one.

    The chunk and how far it came are one transaction, so that a crash repeats nothing and leaves nothing out.
    A task that cannot go on has failed: it holds up no other.
    """
    task = None
    try:
        with atomic() as session:
            task = session.execute(longest_due(clock.now())).one_or_none()
            if task is None:
                return False
            move_on(session, task, steps[task.kind](session, task))
            kill_point("clock.task_advanced")
            return True
    except (OperationalError, InterfaceError):  # the database is what cannot go on
        raise
    except Exception:
        log.exception("task_failed", task=task and task.id, kind=task and task.kind)
        if task is not None:
            with atomic() as session:
                end_task(session, task.id, FAILED)
        return True


def cancel_task(task_id: int, owner_id: int | None, actor_id: int) -> bool:
    """Stop a task where it is, and return whether it was still running; `owner_id` None is an admin's view.

    Raises:
        NotFound: unknown, or somebody else's.
    """
    with atomic() as session:
        task = get_task(session, task_id, owner_id)
        stopped = end_task(session, task_id, CANCELLED)
        if stopped:
            before, after = {"kind": task.kind, "status": task.status}, {"status": CANCELLED}
            record_audit(actor_id, "task.cancel", "task", task_id, before, after)
        return stopped
