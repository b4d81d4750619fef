"""The platform's other modules, which create notifications over HTTP whatever happens meanwhile."""

import http.client
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

PATH = "/api/notifications/notifications/"
PAUSE = 0.04
PATIENCE = 20.0
NO_ANSWER = 0


class Answer(NamedTuple):
    """What one request was answered: when, how fast, and the id of what it made (0: nothing)."""

    at: float
    seconds: float
    status: int
    retry_after: str | None
    id: int


class Senders:
    """Some clients that each create one email after the other, as long as the block lasts."""

    def __init__(
        self, url: str, headers: dict[str, str], recipients: Sequence[int], clients: int = 4
    ) -> None:
        self.answers: list[Answer] = []
        self._address = urlsplit(url).netloc
        self._headers = {"Content-Type": "application/json", **headers}
        self._recipients = recipients
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def statuses(self) -> Counter[int]:
        """Return how often each status was answered; 0 stands for no answer at all."""
        return Counter(answer.status for answer in self.answers)

    def acknowledged(self) -> list[int]:
        """Return the ids of the notifications that were answered with 201."""
        return [answer.id for answer in self.answers if answer.status == 201]

    def slowest(self, share: float, since: float = 0.0) -> float:
        """Return the seconds within which that share of the requests since then was answered."""
        times = sorted(answer.seconds for answer in self.answers if answer.at >= since)
        return times[math.ceil(len(times) * share) - 1]

    def _send(self, number: int) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)
        while not self._stop.is_set():
            recipient = self._recipients[(len(self.answers) + number) % len(self._recipients)]
            self.answers.append(self._create(connection, recipient))
            self._stop.wait(PAUSE)
        connection.close()

    def _create(self, connection: http.client.HTTPConnection, recipient: int) -> Answer:
        wanted = {"notification_type": "announcement", "recipient": recipient, "title": "A", "message": "B"}
        body = json.dumps({**wanted, "channels": ["email"]})
        began = time.monotonic()
        try:
            connection.request("POST", PATH, body, self._headers)
            response = connection.getresponse()
            said = json.loads(response.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            return Answer(began, time.monotonic() - began, NO_ANSWER, None, 0)
        seconds, retry_after = time.monotonic() - began, response.getheader("Retry-After")
        return Answer(began, seconds, response.status, retry_after, said.get("id", 0))
