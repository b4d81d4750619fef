"""Webhooks among a member's devices: any https URL, and a secret that is told once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook

from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.models.device import Device
from tests.callers import Caller, People, errors_of
from tests.devices.test_api import TOKEN, keys, listed, register

ENDPOINT = "https://hooks.example.org/notifi?team=12"


def webhook(**changes: object) -> dict:
    return {"kind": "webhook", "name": "Team bot", "endpoint": ENDPOINT, **changes}


def secret_of(device_id: int) -> str | None:
    return db.session.get_one(Device, device_id).secret


def test_a_webhook_is_registered_with_a_secret_of_its_own(people: People):
    first = register(people.member, webhook())
    second = register(people.member, webhook(endpoint="https://hooks.example.org/other"))
    assert (first["kind"], first["name"], first["disabled_at"]) == ("webhook", "Team bot", None)
    assert first["secret"] != second["secret"]
    assert first["secret"].startswith("whsec_")
    Webhook(first["secret"])  # as its receiver will read it


def test_the_secret_is_told_once(people: People):
    made = register(people.member, webhook())
    secret = made.pop("secret")
    again = register(people.member, webhook(name="Team robot"), status=200)
    assert again == {**made, "name": "Team robot"}
    assert listed(people.member) == [again]
    assert secret_of(made["id"]) == secret


def test_nothing_else_speaks_of_a_secret(people: People):
    assert "secret" not in register(people.member, {"kind": "fcm", "token": TOKEN})
    url = "https://web.push.apple.com/x"
    assert "secret" not in register(people.member, {"kind": "webpush", "endpoint": url, "keys": keys()})


def test_one_that_was_disabled_is_called_again_once_it_is_registered_again(people: People):
    made = register(people.member, webhook())
    db.session.execute(sa.update(Device).values(disabled_at=now()))
    assert register(people.member, webhook(), status=200)["id"] == made["id"]
    assert listed(people.member)[0]["disabled_at"] is None


def test_the_same_url_of_two_members_is_two_webhooks(people: People):
    one, other = register(people.member, webhook()), register(people.other, webhook())
    assert one["id"] != other["id"] and one["secret"] != other["secret"]
    assert [len(listed(caller)) for caller in (people.member, people.other)] == [1, 1]


def test_registered_many_times_at_once_it_is_one_with_one_secret(people: People):
    def attempt(caller: Caller) -> str | None:
        answer = caller.post("devices/", webhook())
        assert answer.status_code in (200, 201)
        told: str | None = answer.get_json().get("secret")
        return told

    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(attempt, [people.member] * 8))
    [device] = listed(people.member)
    assert told - {None} == {secret_of(device["id"])}


def test_a_webhook_that_is_removed_and_registered_again_has_a_new_secret(people: People):
    made = register(people.member, webhook())
    assert people.other.delete(f"devices/{made['id']}/").status_code == 404
    assert people.member.delete(f"devices/{made['id']}/").status_code == 204
    assert register(people.member, webhook())["secret"] != made["secret"]


@pytest.mark.parametrize(
    ("device", "fields"),
    [
        ({"kind": "webhook"}, ["endpoint"]),
        (webhook(token=TOKEN), ["token"]),
        (webhook(keys=keys()), ["keys"]),
        (webhook(secret="whsec_mine"), ["secret"]),
        (webhook(endpoint=None), ["endpoint"]),
        (webhook(endpoint="hooks.example.org"), ["endpoint"]),
        (webhook(endpoint="http://hooks.example.org/"), ["endpoint"]),
        (webhook(endpoint="https://hooks.example.org:8443/"), ["endpoint"]),
        (webhook(endpoint="https://me:pw@hooks.example.org/"), ["endpoint"]),
        (webhook(endpoint="https://localhost/"), ["endpoint"]),
        (webhook(endpoint="https://169.254.169.254/latest/"), ["endpoint"]),
        (webhook(endpoint="https://[::1]/"), ["endpoint"]),
    ],
)
def test_a_url_that_may_not_be_called_is_refused(people: People, device: dict, fields: list[str]):
    assert list(errors_of(people.member.post("devices/", device))) == fields
    assert listed(people.member) == []
