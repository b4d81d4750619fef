"""The open streams of this process: who is listening, and what waits to be written to each."""

import threading
from collections import deque
from collections.abc import Collection

from hackitech.accounts.principal import Principal
from hackitech.core import clock

NOT_ALLOWED = 1008
TOO_MUCH = 1009
FAILED = 1011
RESTARTING = 1012
TOO_SLOW = 1013
REASONS = {
    NOT_ALLOWED: "not allowed any more",
    TOO_MUCH: "a stream takes no data",
    FAILED: "something went wrong on our side",
    RESTARTING: "restarting",
    TOO_SLOW: "too slow",
}
MOST_PER_MEMBER = 20


class Connection:
    """One open stream. Anybody may `put` and `close`, neither of which waits; one reader `take`s."""

    def __init__(self, principal: Principal, capacity: int) -> None:
        self.principal = principal
        self.user_id = principal.id
        self.locale = principal.locale
        self.joined_at = clock.now()
        self.unread_count: int | None = None
        """What its client was told last."""
        self.close_code: int | None = None
        self._capacity = capacity
        self._frames: deque[str] = deque()
        self._awake = threading.Event()

    def put(self, frame: str, unread_count: int) -> None:
        """Leave a frame to be written; a client with too many of them waiting is dropped."""
        if len(self._frames) >= self._capacity:
            self.close(TOO_SLOW)
            return
        self.unread_count = unread_count
        self._frames.append(frame)
        self._awake.set()

    def close(self, code: int) -> None:
        """Ask for the stream's end; the first reason counts, and frames that wait are dropped."""
        if self.close_code is None:
            self.close_code = code
        self._frames.clear()
        self._awake.set()

    def wake(self) -> None:
        """Let `take` return: something other than a frame is to be looked at."""
        self._awake.set()

    def take(self, timeout: float) -> list[str]:
        """Wait for frames, for the end or for `wake`, and return the frames in order."""
        self._awake.wait(max(timeout, 0.0))
        self._awake.clear()
        return [self._frames.popleft() for _ in range(len(self._frames))]


class Connections:
    """The open streams by member."""

    def __init__(self) -> None:
        self._by_member: dict[int, list[Connection]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._by_member.values()))

    def add(self, connection: Connection) -> None:
        """Take a stream in; beyond `MOST_PER_MEMBER` the member's oldest give way."""
        with self._lock:
            own = self._by_member.setdefault(connection.user_id, [])
            own.append(connection)
            excess = own[:-MOST_PER_MEMBER]
        for oldest in excess:
            oldest.close(TOO_SLOW)

    def remove(self, connection: Connection) -> None:
        """Forget a stream."""
        with self._lock:
            own = self._by_member.get(connection.user_id, [])
            if connection in own:
                own.remove(connection)
            if not own:
                self._by_member.pop(connection.user_id, None)

    def members(self, among: Collection[int] | None = None) -> list[int]:
        """Return which members have a stream open, of these or (None) of all."""
        with self._lock:
            if among is None:
                return list(self._by_member)
            return [member for member in among if member in self._by_member]

    def of(self, member: int) -> list[Connection]:
        """Return a member's open streams."""
        with self._lock:
            return list(self._by_member.get(member, ()))

    def all(self) -> list[Connection]:
        """Return every open stream."""
        with self._lock:
            return [connection for own in self._by_member.values() for connection in own]
