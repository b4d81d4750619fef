"""Idempotency-Key: a request that is repeated is answered as it was the first time."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa

from hackitech.core.transaction import atomic
from hackitech.models.idempotency_key import IdempotencyKey
from tests.callers import People, errors_of, make_caller
from tests.notifications.mailbox import FUTURE, listed

WORDS = {"notification_type": "announcement", "title": "A title", "message": "A message"}


def test_a_replay_is_answered_alike_and_says_so(people: People):
    body = {**WORDS, "recipient": people.member.id}
    first = people.admin.post("notifications/", body, Idempotency_Key="k1")
    again = people.admin.post("notifications/", body, Idempotency_Key="k1")
    assert first.status_code == again.status_code == 201
    assert first.get_json() == again.get_json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(listed(people.member)) == 1


def test_the_order_of_fields_makes_no_other_body(people: People):
    body = {**WORDS, "recipients": [people.member.id, people.other.id]}
    first = people.admin.post("notifications/", body, Idempotency_Key="k1")
    again = people.admin.post("notifications/", dict(reversed(body.items())), Idempotency_Key="k1")
    assert first.status_code == 202
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json() == first.get_json()


def test_another_body_with_the_same_key_is_refused(people: People):
    body = {**WORDS, "recipient": people.member.id}
    people.admin.post("notifications/", body, Idempotency_Key="k1")
    response = people.admin.post("notifications/", {**body, "priority": "high"}, Idempotency_Key="k1")
    assert list(errors_of(response)) == ["Idempotency-Key"]
    assert len(listed(people.member)) == 1


def test_a_key_belongs_to_whoever_used_it(people: People):
    sender = make_caller(people.admin.client.application, "member", ("read", "send"))
    for caller in (people.admin, sender):
        body = {**WORDS, "recipient": people.member.id}
        response = caller.post("notifications/", body, Idempotency_Key="k1")
        assert response.status_code == 201 and "Idempotent-Replayed" not in response.headers
    assert len(listed(people.member)) == 2


def test_a_refused_request_leaves_the_key_free(people: People):
    wrong = people.admin.post("notifications/", {**WORDS, "recipient": 10**9}, Idempotency_Key="k1")
    assert wrong.status_code == 422
    right = people.admin.post(
        "notifications/", {**WORDS, "recipient": people.member.id}, Idempotency_Key="k1"
    )
    assert right.status_code == 201


def test_a_scheduled_event_is_replayed_too(people: People):
    body = {**WORDS, "all": True, "send_at": FUTURE}
    first, again = (people.admin.post("notifications/", body, Idempotency_Key="k1") for _ in "12")
    assert first.status_code == again.status_code == 202
    assert first.get_json()["id"] == again.get_json()["id"]


def test_a_key_is_forgotten_after_a_day(people: People, db_session: sa.orm.Session):
    body = {**WORDS, "recipient": people.member.id}
    people.admin.post("notifications/", body, Idempotency_Key="k1")
    with atomic() as session:
        earlier = dt.datetime.now(dt.UTC) - dt.timedelta(hours=25)
        session.execute(sa.update(IdempotencyKey).values(created_at=earlier))
    again = people.admin.post("notifications/", {**body, "priority": "high"}, Idempotency_Key="k1")
    assert again.status_code == 201 and "Idempotent-Replayed" not in again.headers


def test_a_key_has_from_one_to_255_characters(people: People):
    body = {**WORDS, "recipient": people.member.id}
    assert people.admin.post("notifications/", body, Idempotency_Key="k" * 255).status_code == 201
    for key in ("", "k" * 256, "tab\tbed"):
        response = people.admin.post("notifications/", body, Idempotency_Key=key)
        assert list(errors_of(response)) == ["Idempotency-Key"], key


def test_the_same_request_at_the_same_moment_creates_once(people: People):
    body = {**WORDS, "recipient": people.member.id}
    together = Barrier(6)

    def send(_: int) -> tuple[int, int | None]:
        together.wait()
        client = people.admin.client.application.test_client()
        headers = {**people.admin.headers, "Idempotency-Key": "k1"}
        response = client.post("/api/notifications/notifications/", json=body, headers=headers)
        return response.status_code, response.get_json().get("id")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({number for status, number in answers if status == 201}) == 1
    assert len(listed(people.member)) == 1
