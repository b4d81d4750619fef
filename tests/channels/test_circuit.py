"""A provider that fails half of its calls is left alone, and comes back by one success."""

import contextlib
import time

import pytest
from flask import Flask

from hackitech.channels.base import Permanent, Temporary
from hackitech.channels.circuit import Circuit, CircuitOpen, circuit_for
from hackitech.channels.email import EmailChannel
from hackitech.supervisor.probes import free_port
from tests.channels.conftest import MakeMessage
from tests.channels.smtp_server import ScriptedSmtp


@pytest.fixture
def circuit() -> Circuit:
    return Circuit(window=60, open_for=0.1)


def call(circuit: Circuit, failure: Exception | None = None) -> None:
    with contextlib.suppress(Temporary, Permanent), circuit.call():
        if failure:
            raise failure


def test_half_of_twenty_failing_opens_it(circuit: Circuit):
    for number in range(19):
        call(circuit, Temporary("down") if number % 2 else None)
        assert not circuit.wait()
    call(circuit, Temporary("down"))
    assert 0 < circuit.wait() <= 0.1


def test_fewer_than_twenty_calls_say_nothing(circuit: Circuit):
    for _ in range(19):
        call(circuit, Temporary("down"))
    assert not circuit.wait()


def test_less_than_half_failing_leaves_it_closed(circuit: Circuit):
    for number in range(100):
        call(circuit, Temporary("down") if number % 5 < 2 else None)
    assert not circuit.wait()


def test_refused_addresses_are_not_the_providers_failure(circuit: Circuit):
    for _ in range(30):
        call(circuit, Permanent("no such user"))
    assert not circuit.wait()


def test_old_calls_are_forgotten():
    circuit = Circuit(window=0.05, open_for=1)
    for _ in range(15):
        call(circuit, Temporary("down"))
    time.sleep(0.06)
    for _ in range(15):
        call(circuit, Temporary("down"))
    assert not circuit.wait()


def test_while_open_nothing_is_called_and_it_says_how_long(circuit: Circuit):
    for _ in range(20):
        call(circuit, Temporary("down"))
    with pytest.raises(CircuitOpen) as refused, circuit.call():
        raise AssertionError("must not be called")
    assert refused.value.retry_after is not None and 0 < refused.value.retry_after <= 0.1


def test_after_its_time_one_failure_opens_it_again_and_one_success_closes_it(circuit: Circuit):
    for _ in range(20):
        call(circuit, Temporary("down"))
    time.sleep(0.11)
    call(circuit, Temporary("still down"))
    assert circuit.wait()
    time.sleep(0.11)
    call(circuit)
    call(circuit, Temporary("a single one"))
    assert not circuit.wait()


def test_each_provider_has_its_own(channel_app: Flask):
    assert circuit_for("a") is circuit_for("a")
    assert circuit_for("a") is not circuit_for("b")


def test_an_email_that_is_not_attempted_says_so(channel_app: Flask, make_message: MakeMessage):
    channel_app.config["SMTP_URL"] = f"smtp://127.0.0.1:{free_port()}"
    outcomes = [outcome for _, outcome in EmailChannel().send([make_message(n) for n in range(30)])]
    assert [isinstance(outcome, CircuitOpen) for outcome in outcomes] == [False] * 20 + [True] * 10
    assert all(isinstance(outcome, Temporary) for outcome in outcomes)


def test_email_goes_again_once_the_circuit_closes(
    channel_app: Flask, smtp: ScriptedSmtp, make_message: MakeMessage
):
    working, channel_app.config["SMTP_URL"] = smtp.url, f"smtp://127.0.0.1:{free_port()}"
    list(EmailChannel().send([make_message(n) for n in range(20)]))
    channel_app.config["SMTP_URL"] = working
    ((_, refused),) = EmailChannel().send([make_message(1)])
    time.sleep(0.25)
    ((_, sent),) = EmailChannel().send([make_message(1)])
    assert isinstance(refused, CircuitOpen) and sent is None
    assert len(smtp.received) == 1
