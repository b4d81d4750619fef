"""What a mail server may answer, through the whole engine: each by its class, each recipient by itself."""

from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core.database import db
from hackitech.models.suppression import Suppression
from hackitech.models.user import User
from tests.channels.smtp_server import DROP, HANG, ScriptedSmtp
from tests.factories import make_user
from tests.faults.engine import announce, deliveries, make_due, outcomes, run, statuses

ANSWERS = {
    "421 going down": "retrying",
    "450 greylisted, come back later": "retrying",
    "451 try later": "retrying",
    "452 no room now": "retrying",
    "552 mailbox full": "retrying",
    "550 no such user": "permanent-failure",
    "551 not here": "permanent-failure",
    "553 not an address": "permanent-failure",
    "554 we do not like you": "technical-failure",
    HANG: "retrying",
    "250 OK": "sent",
}


@pytest.fixture
def smtp(app: Flask, db_session: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedSmtp]:
    """A mail server that answers what a test tells it to, and is not waited for for long."""
    app.extensions.pop("circuits", None)
    with ScriptedSmtp() as server:
        monkeypatch.setitem(app.config, "SMTP_URL", server.url)
        for name in ("CONNECT", "COMMAND", "DATA"):
            monkeypatch.setitem(app.config, f"SMTP_{name}_TIMEOUT", 0.5)
        yield server


def make_members(count: int) -> list[User]:
    return [make_user() for _ in range(count)]


def name_of(member: User) -> str:
    return member.email.partition("@")[0]


@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
def test_in_one_batch_each_answer_has_its_class_and_concerns_one_recipient(
    smtp: ScriptedSmtp, redis_url: str, stage: str
) -> None:
    # One that is accepted before each, so that no two in a row fail.
    members = {answer: make_members(2) for answer in ANSWERS}
    for answer, (_, refused) in members.items():
        getattr(smtp, stage)[name_of(refused)] = answer
    announce(*[member.id for pair in members.values() for member in pair])
    run(redis_url, "email")
    found = {row.recipient_id: row.status for row in deliveries("email")}
    assert {answer: found[refused.id] for answer, (_, refused) in members.items()} == ANSWERS
    assert {found[accepted.id] for accepted, _ in members.values()} == {"sent"}
    refused_for_good = {members[a][1].email for a, status in ANSWERS.items() if status == "permanent-failure"}
    assert set(db.session.scalars(sa.select(Suppression.address))) == refused_for_good


def test_greylisting_costs_everybody_one_wait_and_nobody_the_mail(smtp: ScriptedSmtp, redis_url: str) -> None:
    members = make_members(5)
    smtp.at_rcpt = {name_of(member): "450 greylisted, come back later" for member in members}
    announce(*[member.id for member in members])
    run(redis_url, "email")
    smtp.at_rcpt = {}
    make_due()
    run(redis_url, "email")
    assert Counter(mail.recipients[0] for mail in smtp.received) == {m.email: 1 for m in members}
    assert {tuple(outcomes(row.id)) for row in deliveries("email")} == {("retrying", "sent")}


@pytest.mark.parametrize("failure", [DROP, HANG])
def test_a_line_that_breaks_after_the_data_doubles_that_mail_alone_and_recognisably(
    smtp: ScriptedSmtp, redis_url: str, failure: str
) -> None:
    members = make_members(3)
    smtp.at_data = {name_of(members[1]): failure}
    announce(*[member.id for member in members])
    run(redis_url, "email")
    assert statuses("email") == ["sent", "retrying", "sent"]
    smtp.at_data = {}
    make_due()
    run(redis_url, "email")
    assert statuses("email") == ["sent"] * 3
    message_ids = Counter(mail.message["Message-ID"] for mail in smtp.received)
    assert sorted(message_ids.values()) == [1, 1, 2]


def test_a_server_that_is_away_costs_attempts_and_loses_nothing(smtp: ScriptedSmtp, redis_url: str) -> None:
    members = make_members(3)
    smtp.at_rcpt = {name_of(member): HANG for member in members}
    announce(*[member.id for member in members])
    run(redis_url, "email")
    assert statuses("email") == ["retrying"] * 3
    assert smtp.received == []
    smtp.at_rcpt = {}
    make_due()
    run(redis_url, "email")
    assert statuses("email") == ["sent"] * 3
    assert len(smtp.received) == 3
