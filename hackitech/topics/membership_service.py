"""Put many into a topic at once, and somebody back who was taken out of it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.dialects.postgresql import insert

from hackitech.accounts.addressees import members_named
from hackitech.core import clock
from hackitech.core.database import rows_changed, table
from hackitech.core.errors import Invalid, NotFound
from hackitech.core.i18n import N_
from hackitech.core.transaction import atomic
from hackitech.models.audit import record_audit
from hackitech.models.subscription import Subscription
from hackitech.models.user import User
from hackitech.topics import queries
from hackitech.topics.queries import Manager
from hackitech.topics.service import Removed

MOST = 1000
"""So many are put into a topic in one go."""
TOO_MANY = N_("That is more than 1,000 at once. Send them in several parts.")


class Added(NamedTuple):
    """What became of those who were to be put into a topic; `unknown` as they were written."""

    added: int
    there_already: int
    unknown: list[str]


def add_members(manager: Manager, key: str, wanted: Sequence[str]) -> Added:
    """Put members into a topic, each written as an email address or an id; who is unknown stops nobody else.

    Raises:
        NotFound: no such topic, or it is somebody else's.
        Invalid: there are too many.
    """
    if len(wanted) > MOST:
        raise Invalid({"members": [TOO_MANY]})
    with atomic() as session:
        topic = queries.get_managed(key, manager)
        known = members_named(wanted)
        ids = sorted({known[text] for text in wanted if text in known})
        added = _insert(session, topic.id, ids)
        if added:
            record_audit(manager.id, "topic.add_members", "topic", key, None, {"user_ids": sorted(added)})
    unknown = [text for text in dict.fromkeys(wanted) if text not in known]
    return Added(len(added), len(ids) - len(added), unknown)


def restore_member(manager: Manager, key: str, removed: Removed) -> None:
    """Put somebody back as they were, unless they are in again.

    Raises:
        NotFound: no such topic, it is somebody else's, they were in another one, or are gone altogether.
    """
    with atomic() as session:
        topic = queries.get_managed(key, manager)
        if topic.id != removed.topic_id or session.get(User, removed.user_id) is None:
            raise NotFound("No such topic.")
        back = insert(table(Subscription)).values(removed._asdict()).on_conflict_do_nothing()
        if rows_changed(session, back):
            after = {"user_id": removed.user_id}
            record_audit(manager.id, "topic.restore_member", "topic", key, None, after)


def _insert(session: Any, topic_id: int, user_ids: Iterable[int]) -> set[int]:
    """Put these into a topic, and return those who were not in it."""
    row = {"topic_id": topic_id, "muted_until": None, "created_at": clock.now()}
    rows = [{**row, "user_id": user_id} for user_id in user_ids]
    if not rows:
        return set()
    statement = insert(table(Subscription)).values(rows).on_conflict_do_nothing()
    return set(session.scalars(statement.returning(table(Subscription).c.user_id)))
