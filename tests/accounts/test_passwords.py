"""Which passwords are refused, and how they are hashed."""

import sys
import threading
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from flask import Flask

from hackitech.accounts.passwords import (
    TOO_COMMON,
    TOO_LONG,
    TOO_PERSONAL,
    TOO_SHORT,
    check_strength,
    hash_password,
    verify_password,
)
from hackitech.core.errors import Invalid, Unavailable

GOOD = "velvet lantern orbit 42"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", TOO_SHORT),
        ("x" * 257, TOO_LONG),
        ("password1234", TOO_COMMON),
        ("P@ssw0rd!!!!", TOO_COMMON),
        ("MotDePasse123", TOO_COMMON),
        ("123456789012", TOO_COMMON),
        ("210987654321", TOO_COMMON),
        ("azertyuiopqs", TOO_COMMON),
        ("abcabcabcabc", TOO_COMMON),
        ("aaaaaaaaaaab", TOO_COMMON),
        ("hackitech2026", TOO_COMMON),
        ("Élodie est là 1987", TOO_PERSONAL),
        ("my elodie.martin phrase", TOO_PERSONAL),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_strength(password, ("elodie.martin@example.org", "Élodie Martin"))
    assert refusal.value.errors == {"password": [reason]}


@pytest.mark.parametrize(
    "password", [GOOD, "пароль из слов", "correct battery 9 horse", "k3#vTq9!zLm2", "x1" * 3 + GOOD]
)
def test_a_good_password_passes_whatever_its_alphabet(password: str) -> None:
    check_strength(password, ("li@example.org", "Li Na"))


def test_the_hash_is_argon2id_and_salted(app: Flask) -> None:
    with app.app_context():
        first, second = hash_password(GOOD), hash_password(GOOD)
        assert first.startswith("$argon2id$")
        assert first != second
        assert verify_password(first, GOOD) == (True, None)
        assert verify_password(first, "another one") == (False, None)


def test_an_unknown_account_and_a_broken_hash_are_just_wrong(app: Flask) -> None:
    with app.app_context():
        assert not verify_password(None, GOOD).right
        assert not verify_password("not a hash", GOOD).right


def test_old_parameters_are_noticed_when_the_password_is_right(app: Flask) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    with app.app_context():
        verdict = verify_password(old, GOOD)
        assert verdict.right
        assert verdict.new_hash is not None
        assert verify_password(verdict.new_hash, GOOD) == (True, None)


def test_only_so_many_are_hashed_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "hashing", threading.BoundedSemaphore(1))
    monkeypatch.setattr("hackitech.accounts.passwords._WAIT", 0.05)
    with app.app_context(), app.extensions["hashing"], pytest.raises(Unavailable):
        hash_password(GOOD)


def test_under_gevent_hashing_leaves_the_loop_free(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def apply(work):
        seen.append("pool")
        return work()

    hub = SimpleNamespace(threadpool=SimpleNamespace(apply=apply))
    monkeypatch.setitem(sys.modules, "gevent.monkey", SimpleNamespace(is_module_patched=lambda _name: True))
    monkeypatch.setitem(sys.modules, "gevent", SimpleNamespace(get_hub=lambda: hub))
    with app.app_context():
        hash_password(GOOD)
    assert seen == ["pool"]
