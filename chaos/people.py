"""Those outside: clients that send and repeat what was not answered, and members who read their streams."""

import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from chaos.ledger import Ledger
from chaos.world import TYPE, Member, World

ROOT = "/api/notifications/"
PATIENCE = 10.0
"""Seconds that a client waits for an answer before it repeats its request."""
LAST_PATIENCE = 60.0
PAUSE = 0.2
REPEATED = 0.1
"""The share of requests that are repeated although they were answered."""
BUSY = (409, 429)


class Answer(NamedTuple):
    """What a server said; status 0 when it said nothing."""

    status: int
    body: Any


class Client:
    """One caller, with a new connection after each failure."""

    def __init__(self, url: str, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request and return its answer."""
        try:
            content = None if body is None else json.dumps(body)
            self._connection.request(method, path, content, self._headers | headers)
            response = self._connection.getresponse()
            return Answer(response.status, json.loads(response.read() or "null"))
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()
            return Answer(0, None)


class _Crowd:
    """Threads that go on until they are told to stop."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin."""
        for thread in self.threads:
            thread.start()

    def busy(self) -> bool:
        """Return whether some still have something to finish."""
        return any(thread.is_alive() for thread in self.threads)


class Senders(_Crowd):
    """Clients of the API; each repeats a request, with its Idempotency-Key, until it is acknowledged."""

    def __init__(self, world: World, ledger: Ledger, clients: int, rate: float) -> None:
        super().__init__()
        self._world, self._ledger, self._rate = world, ledger, rate
        self._members = [member.id for member in world.members]
        self.threads = [
            threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(1, clients + 1)
        ]

    def _work(self, number: int) -> None:
        client, count = Client(self._world.url, self._world.sender_token), 0
        while not self.stopping.wait(random.expovariate(self._rate)):
            count += 1
            key = f"{number}-{count}"
            members, wanted = self._wish(key)
            answer = self._insist(client, key, wanted)
            if not 200 <= answer.status < 300:
                self._ledger.complain(f"{key} was answered {answer.status}: {answer.body}")
                continue
            self._ledger.acknowledge(key, members)
            if random.random() < REPEATED and self._insist(client, key, wanted) != answer:
                self._ledger.complain(f"{key} was answered differently the second time")

    def _wish(self, key: str) -> tuple[Sequence[int], dict[str, Any]]:
        """Return whom to tell what: mostly one member, sometimes several or everybody."""
        wanted = {"notification_type": TYPE, "title": key, "message": "Chaos."}
        kind = random.choices(("one", "several", "all"), (70, 25, 5))[0]
        if kind == "all":
            return self._members, {**wanted, "all": True}
        chosen = random.sample(self._members, 1 if kind == "one" else random.randint(2, 6))
        return chosen, {**wanted, **({"recipient": chosen[0]} if kind == "one" else {"recipients": chosen})}

    def _insist(self, client: Client, key: str, wanted: dict[str, Any]) -> Answer:
        """Send until there is an answer that is final."""
        last_try = None
        while True:
            answer = client.send("POST", f"{ROOT}notifications/", wanted, **{"Idempotency-Key": key})
            if 200 <= answer.status < 500 and answer.status not in BUSY:
                return answer
            if self.stopping.is_set():
                last_try = last_try or time.monotonic() + LAST_PATIENCE / 2
                if time.monotonic() > last_try:
                    return answer
            time.sleep(PAUSE)


class Readers(_Crowd):
    """Members who keep their stream open, hang up now and then, and resume with the newest that they know."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        super().__init__()
        self._world, self._ledger = world, ledger
        self.resumed = 0
        self.threads = [
            threading.Thread(target=self._read, args=(member,), daemon=True) for member in world.members
        ]

    def _read(self, member: Member) -> None:
        newest = 0
        headers = {"Authorization": f"Bearer {member.token}"}
        while not self.stopping.is_set():
            address = f"{self._world.url.replace('http', 'ws', 1)}{ROOT}stream/?after={newest}"
            try:
                with connect(address, additional_headers=headers, proxy=None, close_timeout=1) as socket:
                    self.resumed += newest > 0
                    until = time.monotonic() + random.uniform(2, 20)
                    while time.monotonic() < until and not self.stopping.is_set():
                        newest = max(newest, self._take(member, socket))
            except (OSError, WebSocketException):
                self.stopping.wait(PAUSE)

    def _take(self, member: Member, socket: Any) -> int:
        """Read a frame, if one comes, and return the id of what it shows."""
        try:
            frame = json.loads(socket.recv(PAUSE))
        except TimeoutError:
            return 0
        if frame["type"] == "inbox.changed":
            return self._list(member)
        return self._see(member, frame["notification"]) if "notification" in frame else 0

    def _list(self, member: Member) -> int:
        """Read the whole list, as a client does that has missed too much."""
        path, newest = f"{ROOT}notifications/my_notifications/?page_size=100", 0
        client = Client(self._world.url, member.token)
        while path:
            status, page = client.send("GET", path)
            if status != 200:
                break
            newest = max([newest, *(self._see(member, shown) for shown in page["results"])])
            path = (page["next"] or "").removeprefix(self._world.url)
        return newest

    def _see(self, member: Member, notification: dict[str, Any]) -> int:
        self._ledger.see((notification["title"], member.id), notification["id"])
        return int(notification["id"])
