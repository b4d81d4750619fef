"""The sum at the end of `make chaos`: what it calls lost, and which duplicates it excuses."""

import pytest

from chaos.ledger import Acceptance, Copy, Ledger, Life, Outage, doubled, lost

pytestmark = pytest.mark.sqlite_only
COPY: Copy = ("1-1", 7)


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.acknowledge("1-1", [7])
    return ledger


def take(
    ledger: Ledger, life: Life, at: float, copy: Copy = COPY, id_: str = "ntf-1-0", by: str = "email"
) -> None:
    ledger.accept(Acceptance(by, copy, id_, life, at))


def test_what_reached_everybody_is_not_lost(ledger: Ledger) -> None:
    take(ledger, Life("worker"), 1.0)
    take(ledger, Life("worker"), 1.0, by="push")

    assert lost(ledger, {COPY}, ()) == []


def test_what_no_provider_was_handed_is_lost_unless_it_waits(ledger: Ledger) -> None:
    take(ledger, Life("worker"), 1.0)

    assert lost(ledger, {COPY}, ()) == ["push ('1-1', 7)"]
    assert lost(ledger, {COPY}, {("push", COPY)}) == []


def test_what_is_in_no_inbox_is_lost(ledger: Ledger) -> None:
    take(ledger, Life("worker"), 1.0)
    take(ledger, Life("worker"), 1.0, by="push")

    assert lost(ledger, (), ()) == ["inbox ('1-1', 7)"]
    assert lost(ledger, (), (), {"1-1"}) == []  # it has not come that far yet


def test_what_was_not_acknowledged_is_nobodys_loss() -> None:
    assert lost(Ledger(), (), ()) == []


def test_a_duplicate_of_the_last_message_before_a_kill_is_excused(ledger: Ledger) -> None:
    killed, next_one = Life("worker", killed=True), Life("worker")
    take(ledger, killed, 1.0, ("1-0", 7))
    take(ledger, killed, 2.0)
    take(ledger, next_one, 3.0)

    assert doubled(ledger) == (["email ('1-1', 7) no. 2"], [])


def test_a_duplicate_of_an_earlier_message_is_not(ledger: Ledger) -> None:
    killed, next_one = Life("worker", killed=True), Life("worker")
    take(ledger, killed, 1.0)
    take(ledger, killed, 2.0, ("1-2", 7))
    take(ledger, next_one, 3.0)

    assert doubled(ledger) == ([], ["email ('1-1', 7) no. 2"])


def test_a_duplicate_under_another_id_is_not_excused(ledger: Ledger) -> None:
    take(ledger, Life("worker", killed=True), 1.0)
    take(ledger, Life("worker"), 2.0, id_="ntf-2-0")

    assert doubled(ledger).otherwise == ["email ('1-1', 7) no. 2"]


def test_a_duplicate_without_a_kill_is_not_excused(ledger: Ledger) -> None:
    take(ledger, Life("worker"), 1.0)
    take(ledger, Life("worker"), 2.0)

    assert doubled(ledger).otherwise == ["email ('1-1', 7) no. 2"]


@pytest.mark.parametrize("crash, excused", [(Outage(1.2, 1.8), True), (Outage(5.0, 6.0), False)])
def test_a_duplicate_is_excused_where_the_database_crashed_around_its_acceptance(
    ledger: Ledger, crash: Outage, excused: bool
) -> None:
    life = Life("worker")
    ledger.outages.append(crash)
    take(ledger, life, 1.0)
    take(ledger, life, 2.0, ("1-2", 7))
    take(ledger, life, 3.0)

    assert (len(doubled(ledger).by_crash) == 1) is excused


def test_a_notification_that_is_twice_in_an_inbox_is_never_excused(ledger: Ledger) -> None:
    ledger.see(COPY, 41)
    ledger.see(COPY, 42)

    assert doubled(ledger).otherwise == ["inbox ('1-1', 7)"]
