"""A worker dies at each point of its way; whoever comes next finishes what it left."""

from collections import Counter

import pytest
from flask import Flask

from tests.faults.conftest import StartWorker, wait_for_sent
from tests.faults.engine import announce
from tests.faults.kills import FINAL_WITHIN, make_members, wait_for_death
from tests.mail_server import MailServer

MEMBERS = 6
DIES_AT = {
    "worker.dequeued": 1,
    "worker.claimed": 1,
    "worker.before_send": 3,
    "worker.accepted": 3,
    "worker.before_commit": 3,
}
"""At which of its passes, by point: the last three come once for each email."""
AFTER_ACCEPTANCE = ("worker.accepted", "worker.before_commit")


@pytest.mark.parametrize("point", DIES_AT)
def test_a_killed_worker_loses_nothing_and_doubles_only_what_it_had_just_sent(
    point: str, app: Flask, start: StartWorker, smtp_server: MailServer
) -> None:
    with app.app_context():
        announce(*make_members(MEMBERS))
        start("clock")
        wait_for_death(start("worker", "email", KILL_AT=f"{point}:{DIES_AT[point]}"))
        accepted_before = [mail.message["Message-ID"] for mail in smtp_server.messages]
        start("worker", "email")
        wait_for_sent(MEMBERS, FINAL_WITHIN)

    accepted = Counter(mail.message["Message-ID"] for mail in smtp_server.messages)
    assert len(accepted) == MEMBERS
    just_sent = accepted_before[-1:] if point in AFTER_ACCEPTANCE else []
    assert accepted - Counter(set(accepted)) == Counter(just_sent)
