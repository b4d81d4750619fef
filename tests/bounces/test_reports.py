"""What the mail provider reports afterwards: who may, and what it does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.core import clock
from hackitech.core.transaction import atomic
from hackitech.models.delivery import Delivery
from tests.bounces.conftest import PATH, Report, last_delivery, log_of, signature, suppressed
from tests.callers import People, errors_of

EmailTo = Callable[[int], str]


def address_of(people: People) -> str:
    return str(people.member.get("/api/auth/me/").get_json()["email"])


def test_a_hard_bounce_ends_the_delivery_and_suppresses_the_address(
    people: People, report: Report, email_to: EmailTo
) -> None:
    address, message_id = address_of(people), email_to(people.member.id)
    assert last_delivery().status == "sent"

    answer = report(
        type="bounce", kind="hard", address=address, message_id=message_id, reason=f"550 <{address}> unknown"
    )

    assert answer.status_code == 204
    delivery = last_delivery()
    assert delivery.status == "permanent-failure"
    (sent, _), (outcome, detail) = log_of(delivery.id)
    assert (sent, outcome) == ("sent", "permanent-failure")
    assert detail.startswith("the mail provider reports: hard bounce 550") and address not in detail
    assert list(suppressed()) == [address] and address not in suppressed()[address]


def test_what_was_suppressed_gets_no_email_and_why_says_so(
    people: People, report: Report, email_to: EmailTo
) -> None:
    report(type="bounce", kind="hard", address=address_of(people), message_id=email_to(people.member.id))

    body = {"notification_type": "announcement", "recipient": people.member.id, "title": "A", "message": "B"}
    number = people.admin.post("notifications/", body).get_json()["id"]

    channels = people.member.get(f"notifications/{number}/why/").get_json()["channels"]
    email = next(channel for channel in channels if channel["channel"] == "email")
    assert (email["status"], email["rule"]) == ("suppressed", "suppressed_address")
    assert "stopped writing to it" in email["text"]


def test_a_complaint_suppresses_the_address_too(people: People, report: Report, email_to: EmailTo) -> None:
    message_id = email_to(people.member.id)
    assert report(type="complaint", address=address_of(people), message_id=message_id).status_code == 204
    assert last_delivery().status == "permanent-failure"
    assert suppressed() == {address_of(people): "complaint"}


def test_a_soft_bounce_ends_the_delivery_alone(people: People, report: Report, email_to: EmailTo) -> None:
    message_id = email_to(people.member.id)
    assert (
        report(type="bounce", kind="soft", address=address_of(people), message_id=message_id).status_code
        == 204
    )
    assert last_delivery().status == "temporary-failure"
    assert suppressed() == {}


def test_a_delivered_email_says_so_and_stays_it(people: People, report: Report, email_to: EmailTo) -> None:
    fields = {"address": address_of(people), "message_id": email_to(people.member.id)}
    for _ in range(2):
        assert report(type="delivered", **fields).status_code == 204
    assert report(type="bounce", kind="soft", **fields).status_code == 204
    delivery = last_delivery()
    assert delivery.status == "delivered"
    assert [outcome for outcome, _ in log_of(delivery.id)] == ["sent", "delivered"]


def test_a_repeated_report_changes_nothing(people: People, report: Report, email_to: EmailTo) -> None:
    fields = {"address": address_of(people), "message_id": email_to(people.member.id)}
    for _ in range(3):
        assert report(type="bounce", kind="hard", **fields).status_code == 204
    assert [outcome for outcome, _ in log_of(last_delivery().id)] == ["sent", "permanent-failure"]
    assert len(suppressed()) == 1


def test_a_report_that_overtakes_our_own_record_is_asked_for_again(
    people: People, report: Report, email_to: EmailTo
) -> None:
    fields = {"address": address_of(people), "message_id": email_to(people.member.id)}
    set_status("sending")
    early = report(type="bounce", kind="hard", **fields)
    assert early.status_code == 503 and int(early.headers["Retry-After"]) > 0
    assert suppressed() == {}
    set_status("sent")
    assert report(type="bounce", kind="hard", **fields).status_code == 204
    assert last_delivery().status == "permanent-failure"


def test_a_report_proves_that_an_interrupted_email_was_sent(
    people: People, report: Report, email_to: EmailTo
) -> None:
    message_id = email_to(people.member.id)
    set_status("unknown")
    report(type="delivered", address=address_of(people), message_id=message_id)
    assert last_delivery().status == "delivered"
    assert [outcome for outcome, _ in log_of(last_delivery().id)] == ["sent", "sent", "delivered"]


def set_status(status: str) -> None:
    with atomic() as session:
        session.execute(sa.update(Delivery).values(status=status))


@pytest.mark.parametrize(
    "message_id",
    [None, "", "<x@elsewhere.example>", "<ntf-0-0@x>", "ntf-9" * 100, "<ntf-99999999999999999999-0@x>"],
)
def test_an_email_that_is_not_ours_still_says_something_of_its_address(
    people: People, report: Report, email_to: EmailTo, message_id: str | None
) -> None:
    email_to(people.member.id)
    address = address_of(people).upper()
    assert report(type="bounce", kind="hard", address=address, message_id=message_id).status_code == 204
    assert last_delivery().status == "sent"
    assert list(suppressed()) == [address.lower()]


def test_without_a_secret_there_is_no_such_place(
    app: Flask, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BOUNCE_WEBHOOK_SECRET", "")
    assert report(type="delivered", address="a@example.org").status_code == 404


NUL = json.dumps({"type": "delivered", "address": "a@example.org", "reason": "\x00"})
GOOD = json.dumps({"type": "bounce", "kind": "hard", "address": "a@example.org"})


@pytest.mark.parametrize(
    "change",
    [
        lambda headers: {},
        lambda headers: {**headers, "webhook-id": "msg_2"},
        lambda headers: {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
        lambda headers: {**headers, "webhook-timestamp": "nan"},
        lambda headers: {**headers, "webhook-signature": "v1,AAAA"},
        lambda headers: {**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")},
        lambda headers: {**headers, "webhook-signature": "no signature, at all"},
        lambda headers: {**headers, "webhook-signature": "v1,é"},
        lambda headers: signature(GOOD, age=600),
        lambda headers: signature(GOOD, age=-600),
        lambda headers: signature(GOOD + " "),
    ],
)
def test_what_is_not_signed_by_the_provider_just_now_does_nothing(
    app: Flask, db_session: object, report: Report, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    answer = report(body=GOOD, headers=change(signature(GOOD)))
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert suppressed() == {}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"type": "opened", "address": "a@example.org"}, "type"),
        ({"type": "delivered"}, "address"),
        ({"type": "delivered", "address": "no address"}, "address"),
        ({"type": "bounce", "address": "a@example.org"}, "kind"),
        ({"type": "bounce", "address": "a@example.org", "kind": "firm"}, "kind"),
        ({"type": "delivered", "address": "a@example.org", "kind": "hard"}, "kind"),
        ({"type": "delivered", "address": "a@example.org", "reason": "x" * 501}, "reason"),
        ({"type": "delivered", "address": "a@example.org", "message_id": 5}, "message_id"),
        ({"type": "delivered", "address": "a@example.org", "at": "yesterday"}, "at"),
        ({"type": "delivered", "address": "a@example.org", "delivery": 1}, "delivery"),
    ],
)
def test_a_signed_report_is_checked_like_any_input(
    app: Flask, db_session: object, report: Report, fields: dict[str, Any], named: str
) -> None:
    answer = report(**fields)
    assert answer.status_code == 422
    assert named in errors_of(answer)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "[" * 3000, '{"type": NaN}', NUL])
def test_a_signed_body_that_is_no_report_is_refused(
    app: Flask, db_session: object, report: Report, body: str
) -> None:
    assert report(body=body).status_code in (400, 422)


def test_reports_are_limited_by_address(
    app: Flask, db_session: object, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "RATE_LIMIT_REPORTS", 2)
    answers = [report(type="delivered", address="a@example.org") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert "Retry-After" in answers[2].headers


def test_neither_cookie_nor_token_stands_for_the_signature(people: People) -> None:
    assert people.admin.post(PATH, json.loads(GOOD)).status_code == 401
    assert suppressed() == {}


def test_a_report_from_before_an_address_was_lifted_does_not_suppress_it_again(
    people: People, report: Report
) -> None:
    bounce = {"type": "bounce", "kind": "hard", "address": "ada@example.org"}
    report(**bounce, age=60)
    assert people.admin.delete("suppressions/email/ada@example.org/").status_code == 204
    report(**bounce, age=60)
    report(**bounce, at=clock.after(-3600).isoformat())
    assert suppressed() == {}
    report(**bounce, at=clock.after(1).isoformat())
    assert list(suppressed()) == ["ada@example.org"]
