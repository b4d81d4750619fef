import base64
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.devices.service import MOST
from hackitech.models.device import Device
from tests.callers import Caller, People, errors_of

ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/secret-of-this-browser"
TOKEN = "dGhpcw:APA91b-token_of.this-phone"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def keys() -> dict[str, str]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": base64url(raw), "auth": base64url(os.urandom(16))}


def browser(**changes: object) -> dict:
    return {"kind": "webpush", "name": "Firefox", "endpoint": ENDPOINT, "keys": keys(), **changes}


def phone(**changes: object) -> dict:
    return {"kind": "fcm", "name": "My phone", "token": TOKEN, **changes}


def register(caller: Caller, device: dict, status: int = 201) -> dict:
    response = caller.post("devices/", device)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.get_json()


def listed(caller: Caller) -> list[dict]:
    return caller.get("devices/").get_json()["results"]


def test_a_stranger_is_let_nowhere(people: People):
    for method, path in [
        ("GET", "devices/"),
        ("POST", "devices/"),
        ("DELETE", "devices/1/"),
        ("GET", "devices/vapid_key/"),
    ]:
        assert people.stranger.send(method, path).status_code == 401


def test_a_browser_and_a_phone_are_registered_and_listed_newest_first(people: People):
    first, second = register(people.member, browser()), register(people.member, phone())
    assert (first["kind"], first["name"], first["disabled_at"]) == ("webpush", "Firefox", None)
    assert first["created_at"].endswith("Z")
    assert listed(people.member) == [second, first]


def test_nothing_that_could_reach_a_device_is_shown(people: People):
    device = browser()
    answers = people.member.post("devices/", device).get_data(as_text=True)
    answers += people.member.get("devices/").get_data(as_text=True)
    for secret in ("secret-of-this-browser", device["keys"]["p256dh"], device["keys"]["auth"]):
        assert secret not in answers


def test_ones_own_again_is_renewed_under_the_same_id(people: People):
    device = register(people.member, browser())
    db.session.execute(sa.update(Device).values(disabled_at=now()))
    new_keys = keys()
    again = register(people.member, browser(name="Firefox at work", keys=new_keys), status=200)
    assert again == {**device, "name": "Firefox at work"}
    stored = db.session.get_one(Device, device["id"])
    assert (stored.p256dh, stored.auth, stored.disabled_at) == (new_keys["p256dh"], new_keys["auth"], None)


def test_a_browser_that_changed_hands_is_its_new_owners_alone(people: People):
    before = register(people.other, browser())
    after = register(people.member, browser())
    assert after["id"] != before["id"]
    assert listed(people.other) == []
    assert listed(people.member) == [after]


def test_the_same_token_of_two_kinds_is_two_devices(people: People):
    register(people.member, phone())
    register(people.member, phone(kind="apns"))
    assert len(listed(people.member)) == 2


def test_a_member_has_a_limited_number_of_devices(people: People):
    for number in range(MOST):
        register(people.member, phone(token=f"token-{number}"))
    assert people.member.post("devices/", phone(token="one-more")).status_code == 409
    register(people.member, phone(token="token-0"), status=200)
    register(people.other, phone(token="one-more"))


@pytest.mark.parametrize(
    ("device", "fields"),
    [
        ({}, ["kind"]),
        ({"kind": "pigeon"}, ["kind"]),
        ({"kind": 5}, ["kind"]),
        ({"kind": "webpush"}, ["endpoint", "keys"]),
        ({"kind": "fcm"}, ["token"]),
        (phone(token=""), ["token"]),
        (phone(token="../../send"), ["token"]),
        (phone(token="a b"), ["token"]),
        (phone(token="a\n"), ["token"]),
        (phone(token="x" * 4097), ["token"]),
        (phone(token=None), ["token"]),
        (phone(endpoint=ENDPOINT), ["endpoint"]),
        (phone(name="x" * 101), ["name"]),
        (phone(user=1), ["user"]),
        (browser(token=TOKEN), ["token"]),
        (browser(keys={}), ["keys.p256dh", "keys.auth"]),
        (browser(keys="none"), ["keys"]),
        (browser(keys={**keys(), "auth": "short"}), ["keys"]),
        (browser(keys={**keys(), "p256dh": base64url(b"\x04" + bytes(64))}), ["keys"]),
        (browser(keys={**keys(), "more": "x"}), ["keys.more"]),
        (browser(endpoint="http://updates.push.services.mozilla.com/x"), ["endpoint"]),
        (browser(endpoint="https://127.0.0.1/x"), ["endpoint"]),
        (browser(endpoint="https://user@updates.push.services.mozilla.com/x"), ["endpoint"]),
        (browser(endpoint="https://updates.push.services.mozilla.com:8443/x"), ["endpoint"]),
        (browser(endpoint="https://push.example.org/x"), ["endpoint"]),
        (browser(endpoint="nonsense"), ["endpoint"]),
        (browser(endpoint="https://[/x"), ["endpoint"]),
        (browser(endpoint=["x"]), ["endpoint"]),
    ],
)
def test_a_device_that_nothing_could_be_sent_to_is_refused(people: People, device: dict, fields: list[str]):
    assert list(errors_of(people.member.post("devices/", device))) == fields
    assert listed(people.member) == []


def test_a_device_is_removed_by_its_owner_alone(people: People):
    path = f"devices/{register(people.member, phone())['id']}/"
    assert people.other.delete(path).status_code == 404
    assert people.admin.delete(path).status_code == 404
    assert people.member.delete(path).status_code == 204
    assert people.member.delete(path).status_code == 404
    assert listed(people.member) == []


def test_the_list_has_pages(people: People):
    made = [register(people.member, phone(token=f"token-{number}")) for number in range(3)]
    page = people.member.get("devices/?page_size=2").get_json()
    assert page["results"] == made[:0:-1]
    assert people.member.get(page["next"]).get_json()["results"] == made[:1]
    assert people.member.get("devices/?cursor=x").status_code == 422
    assert people.member.get("devices/?kind=fcm").status_code == 422


def test_the_list_is_ones_own_for_an_admin_too(people: People):
    register(people.member, phone())
    assert listed(people.admin) == []


def test_browsers_are_given_the_key_to_subscribe_with(people: People):
    text = people.member.get("devices/vapid_key/").get_json()["public_key"]
    point = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert len(point) == 65
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def test_a_device_that_many_register_at_once_is_one_members(people: People):
    callers = [people.member, people.other, people.organiser, people.admin] * 4
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda caller: caller.post("devices/", phone()).status_code, callers))
    assert set(statuses) <= {200, 201, 409} and 201 in statuses
    assert sum(len(listed(caller)) for caller in callers[:4]) == 1
