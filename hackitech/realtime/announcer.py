"""Turn what was published (ids) into frames for the members who are listening here."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from hackitech.notifications import queries
from hackitech.realtime import frames
from hackitech.realtime.connections import Connection, Connections

Message = dict[str, Any]
CHUNK = 500
REMEMBERED = 50_000


class Announced:
    """Which copies of which event were announced lately: a broadcast publishes once per chunk of it."""

    def __init__(self) -> None:
        self._by_event: OrderedDict[int, dict[int, dt.datetime]] = OrderedDict()
        self._size = 0

    def add(self, row: Any) -> None:
        """Remember a row that has event_id, recipient_id and surfaced_at."""
        copies = self._by_event.setdefault(row.event_id, {})
        self._by_event.move_to_end(row.event_id)
        self._size += row.recipient_id not in copies
        copies[row.recipient_id] = row.surfaced_at
        while self._size > REMEMBERED and len(self._by_event) > 1:
            self._size -= len(self._by_event.popitem(last=False)[1])

    def __contains__(self, row: Any) -> bool:
        return self._by_event.get(row.event_id, {}).get(row.recipient_id) == row.surfaced_at

    def lacking(self, event_id: int, members: Iterable[int]) -> list[int]:
        """Return those of these members to whom no copy of an event was announced."""
        copies = self._by_event.get(event_id, {})
        return [member for member in members if member not in copies]


class Announcer:
    """Writes frames to connections. Used by one thread, so that frames keep the order of publication."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._announced = Announced()
        self._kinds: dict[str, Callable[[Session, Message, Sequence[int]], None]] = {
            "created": self._created,
            "surfaced": self._surfaced,
            "updated": self._updated,
            "deleted": self._deleted,
            "changed": self._changed,
            "event_updated": self._event_updated,
            "event_withdrawn": self._event_withdrawn,
        }

    def announce(self, session: Session, message: Message) -> None:
        """Tell those whom a published message concerns, as far as they listen here."""
        tell = self._kinds.get(message["kind"])
        members = self._connections.members(message["users"])
        if tell is not None and members:
            tell(session, message, members)

    def _created(self, session: Session, message: Message, members: Sequence[int]) -> None:
        for some in chunks(self._announced.lacking(message["event"], members)):
            self._notifications(session, queries.copies_of_event(session, message["event"], some))

    def _surfaced(self, session: Session, message: Message, _members: Sequence[int]) -> None:
        rows = queries.shown_by_id(session, [message["id"]])
        self._notifications(session, [row for row in rows if row not in self._announced])

    def _updated(self, session: Session, message: Message, _members: Sequence[int]) -> None:
        self._notifications(session, queries.shown_by_id(session, [message["id"]]), frames.UPDATED)

    def _deleted(self, session: Session, message: Message, members: Sequence[int]) -> None:
        for member, count in queries.unread_counts(session, members).items():
            self._put(member, frames.deleted(message["id"], count), count)

    def _changed(self, session: Session, _message: Message, members: Sequence[int]) -> None:
        self._counts(session, members)

    def _event_updated(self, session: Session, message: Message, members: Sequence[int]) -> None:
        for some in chunks(members):
            rows = queries.shown_copies_of_event(session, message["event"], some)
            self._notifications(session, rows, frames.UPDATED)

    def _event_withdrawn(self, session: Session, message: Message, members: Sequence[int]) -> None:
        for some in chunks(members):
            self._counts(session, queries.recipients_of_event(session, message["event"], some))

    def catch_up(self, session: Session, since: dt.datetime, *, resumed: bool) -> None:
        """Tell everybody what surfaced since then and was not announced, and counts that differ from ours.

        `resumed`: announcements were missed, so everybody reads their list again.
        """
        for members in chunks(self._connections.members()):
            surfaced = queries.surfaced_since(session, members, since)
            for some in chunks([row.id for row in surfaced if self._is_news(row)]):
                self._notifications(session, queries.shown_by_id(session, some), late=True)
            self._counts(session, members, only_stale=not resumed)

    def _is_news(self, row: Any) -> bool:
        return row not in self._announced and any(
            connection.joined_at < row.surfaced_at for connection in self._connections.of(row.recipient_id)
        )

    def _notifications(
        self, session: Session, rows: Sequence[Any], kind: str = frames.CREATED, *, late: bool = False
    ) -> None:
        """Write a frame per row; `late`: only to those who were there when it surfaced."""
        counts = queries.unread_counts(session, {row.recipient_id for row in rows})
        for row in rows:
            count, texts = counts[row.recipient_id], {}
            for connection in self._connections.of(row.recipient_id):
                if late and connection.joined_at >= row.surfaced_at:
                    continue
                if connection.locale not in texts:
                    texts[connection.locale] = frames.notification(kind, row, connection.locale, count)
                connection.put(texts[connection.locale], count)
            if kind == frames.CREATED:
                self._announced.add(row)

    def _counts(self, session: Session, members: Sequence[int], *, only_stale: bool = False) -> None:
        for some in chunks(members):
            for member, count in queries.unread_counts(session, some).items():
                self._put(member, frames.changed(count), count, only_stale=only_stale)

    def _put(self, member: int, frame: str, count: int, *, only_stale: bool = False) -> None:
        for connection in self._connections.of(member):
            if not only_stale or _is_stale(connection, count):
                connection.put(frame, count)


def _is_stale(connection: Connection, count: int) -> bool:
    return connection.unread_count is not None and connection.unread_count != count


def chunks(items: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield `items` in pieces that a statement can name."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
