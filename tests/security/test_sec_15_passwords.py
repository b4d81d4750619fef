"""Security 15: argon2id, 12 to 256 characters, none that anyone would try first, renewed at sign-in."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from flask import Flask
from flask.testing import FlaskClient

from hackitech.accounts.passwords import hash_password
from hackitech.core.database import db
from hackitech.models.user import User
from tests.factories import PASSWORD, bearer, make_user

TOKEN = "/api/auth/token/"


@pytest.mark.usefixtures("db_session")
def test_sec_15_what_is_stored_is_argon2id(client: FlaskClient) -> None:
    admin = bearer(make_user("admin"), "read", "write", "admin")
    body = {"email": "ana@example.org", "password": PASSWORD}
    user_id = client.post("/api/users/", json=body, headers=admin).get_json()["id"]
    stored = db.session.get_one(User, user_id).password_hash
    assert stored is not None
    parameters = extract_parameters(stored)
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert PASSWORD not in stored


@pytest.mark.usefixtures("db_session")
@pytest.mark.parametrize(
    "password", ["elevenchars", "x" * 257, "password1234", "123456789012", "ana@example.org"]
)
def test_sec_15_weak_ones_are_refused_wherever_they_are_set(client: FlaskClient, password: str) -> None:
    admin = bearer(make_user("admin"), "read", "write", "admin")
    user = make_user(email="ana@example.org")
    for answer in (
        client.post(
            "/api/users/",
            json={"email": "b@example.org", "password": password, "name": "ana@example.org"},
            headers=admin,
        ),
        client.patch(f"/api/users/{user.id}/", json={"password": password}, headers=admin),
    ):
        assert answer.status_code == 422
        assert "password" in answer.get_json()["errors"]


@pytest.mark.usefixtures("db_session")
def test_sec_15_twelve_and_256_characters_are_allowed(client: FlaskClient) -> None:
    admin = bearer(make_user("admin"), "read", "write", "admin")
    for number, password in enumerate(("k3#vTq9!zLm2", "k3#vTq9!zLm2" * 21 + "abcd")):
        body = {"email": f"p{number}@example.org", "password": password}
        assert client.post("/api/users/", json=body, headers=admin).status_code == 201
        credentials = {"email": body["email"], "password": password}
        assert client.post(TOKEN, json=credentials).status_code == 201


@pytest.mark.usefixtures("db_session")
def test_sec_15_an_old_hash_is_renewed_at_sign_in(client: FlaskClient) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    user = make_user(password_hash=old)
    assert client.post(TOKEN, json={"email": user.email, "password": PASSWORD}).status_code == 201
    renewed = db.session.get_one(User, user.id).password_hash
    assert renewed is not None
    assert extract_parameters(renewed).memory_cost > 8


def test_sec_15_no_more_are_hashed_at_once_than_the_setting_says(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def watched(work):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return work()

    monkeypatch.setitem(app.extensions, "hashing", threading.BoundedSemaphore(2))
    monkeypatch.setattr("hackitech.accounts.passwords._off_the_loop", watched)

    def hash_one(_number: int) -> str:
        with app.app_context():
            return hash_password(PASSWORD)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hash_one, range(8)))
    assert most == 2
