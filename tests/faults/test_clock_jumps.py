"""Somebody sets the machine's clock an hour ahead or back: waits keep their length, nothing goes twice."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from hackitech.channels.base import Temporary
from hackitech.channels.circuit import FEWEST_CALLS, Circuit, CircuitOpen
from hackitech.core import clock
from hackitech.core.redis import RedisGate
from tests.channels.smtp_server import ScriptedSmtp
from tests.factories import make_user
from tests.faults.engine import announce, run, statuses
from tests.mail_server import MailServer

HOUR = 3600.0
Jump = Callable[[], None]


@pytest.fixture(params=[HOUR, -HOUR], ids=["ahead", "back"])
def jump(request: pytest.FixtureRequest) -> Iterator[Jump]:
    """Return what sets the clock an hour ahead or back; it goes on from there."""
    travellers: list[time_machine.travel] = []

    def set_clock() -> None:
        travellers.append(time_machine.travel(clock.after(request.param), tick=True))
        travellers[-1].start()

    yield set_clock
    for traveller in travellers:
        traveller.stop()


def test_an_open_circuit_stays_open_for_its_time(jump: Jump) -> None:
    circuit = Circuit(window=60, open_for=0.3)
    for _ in range(FEWEST_CALLS):
        with pytest.raises(Temporary), circuit.call():
            raise Temporary("451")
    jump()
    assert 0 < circuit.wait() <= 0.3
    with pytest.raises(CircuitOpen), circuit.call():
        pass
    time.sleep(0.35)
    with circuit.call():
        pass


def test_a_redis_that_is_away_is_left_alone_for_its_time(jump: Jump) -> None:
    asked: list[int] = []

    def ask(_client: object) -> None:
        asked.append(1)
        raise ConnectionError

    gate = RedisGate("redis://127.0.0.1:1/0", timeout=0.1, backoff=0.3)
    gate.attempt(ask)
    jump()
    gate.attempt(ask)
    assert len(asked) == 1
    time.sleep(0.35)
    gate.attempt(ask)
    assert len(asked) == 2


def test_a_jump_in_the_middle_of_a_batch_doubles_only_what_was_on_its_way(
    app: Flask, db_session: object, redis_url: str, monkeypatch: pytest.MonkeyPatch, jump: Jump
) -> None:
    """Set ahead, the clock says that a worker's lease is over, though it is alive and sending."""

    def relay_to_another_worker() -> None:
        with app.app_context():
            run(redis_url, "email")

    class Interrupted(ScriptedSmtp):
        async def handle_DATA(self, *event: Any) -> str:
            answer = await super().handle_DATA(*event)
            if len(self.received) == 2:
                jump()
                await asyncio.to_thread(relay_to_another_worker)
            return answer

    with Interrupted() as server:
        monkeypatch.setitem(app.config, "SMTP_URL", server.url)
        announce(*[make_user().id for _ in range(6)])
        run(redis_url, "email")
        run(redis_url, "email")
    assert statuses("email") == ["sent"] * 6
    times = Counter(mail.message["Message-ID"] for mail in server.received)
    assert sorted(times.values())[:5] == [1] * 5
    assert len(times) == 6 and times.total() <= 7


def test_what_is_created_after_the_jump_goes_at_once_and_what_was_sent_stays_sent(
    db_session: object, redis_url: str, smtp_server: MailServer, jump: Jump
) -> None:
    announce(make_user().id)
    run(redis_url, "email")
    jump()
    announce(make_user().id)
    run(redis_url, "email")
    assert run(redis_url, "email") == 0
    assert statuses("email") == ["sent"] * 2
    assert len(smtp_server.messages) == 2
