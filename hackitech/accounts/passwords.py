"""Passwords: argon2id, few at a time, and as much work for an unknown account as for a known one."""

import sys
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, current_app

from hackitech.core.errors import Invalid, Unavailable
from hackitech.core.i18n import N_
from hackitech.core.text import fold

MIN_LENGTH = 12
MAX_LENGTH = 256
TOO_SHORT = N_("Use at least 12 characters.")
TOO_LONG = N_("Use at most 256 characters.")
TOO_COMMON = N_("This password is among the first that anyone would try. Choose another one.")
TOO_PERSONAL = N_("The password must not contain your name or your email address.")

_SUBSTITUTES = str.maketrans("0134578@$!", "oleastbasi")
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm",
         "azertyuiopqsdfghjklmwxcvbn", "1q2w3e4r5t6y7u8i9o0p", "1a2z3e4r5t6y7u8i9o0p")  # fmt: skip
_WAIT = 10.0
_SEMAPHORE = "hashing"
T = TypeVar("T")

# OWASP's least costly profile in memory: two at once must fit beside everything else on a laptop.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


class Verdict(NamedTuple):
    """Whether a password is right; and its new hash, where the parameters have changed since."""

    right: bool
    new_hash: str | None = None


def init_passwords(app: Flask) -> None:
    """Cap how many passwords this process hashes at the same time."""
    app.extensions[_SEMAPHORE] = threading.BoundedSemaphore(app.config["HASHING_CONCURRENCY"])


def check_strength(password: str, personal: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long, too common, or made of `personal` (name, address).

    Raises:
        Invalid: under the field `password`.
    """
    if len(password) < MIN_LENGTH:
        raise Invalid({"password": [TOO_SHORT]})
    if len(password) > MAX_LENGTH:
        raise Invalid({"password": [TOO_LONG]})
    if _is_common(fold(password)):
        raise Invalid({"password": [TOO_COMMON]})
    if any(word in fold(password) for text in personal for word in _words(text)):
        raise Invalid({"password": [TOO_PERSONAL]})


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password.

    Raises:
        Unavailable: too many others are being hashed.
    """
    return _in_turn(lambda: _hasher.hash(password))


def verify_password(stored: str | None, password: str) -> Verdict:
    """Compare a password with the stored hash; None, for an unknown account, takes as long.

    Raises:
        Unavailable: too many others are being hashed.
    """
    return _in_turn(lambda: _verify(stored, password))


def _verify(stored: str | None, password: str) -> Verdict:
    try:
        _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return Verdict(False)
    if stored is None:
        return Verdict(False)
    return Verdict(True, _hasher.hash(password) if _hasher.check_needs_rehash(stored) else None)


@cache
def _nobody() -> str:
    """Return the hash that unknown accounts are compared with."""
    return _hasher.hash("nobody's password, which nobody has")


def _in_turn(work: Callable[[], T]) -> T:
    semaphore: threading.BoundedSemaphore = current_app.extensions[_SEMAPHORE]
    if not semaphore.acquire(timeout=_WAIT):
        raise Unavailable("Too many people are signing in at once.", retry_after=_WAIT)
    try:
        return _off_the_loop(work)
    finally:
        semaphore.release()


def _off_the_loop(work: Callable[[], T]) -> T:
    """Run in gevent's thread pool where gevent serves, so that hashing holds nobody else up.

    gevent is looked up rather than imported: workers do without it, and it costs memory.
    """
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return work()
    result: T = sys.modules["gevent"].get_hub().threadpool.apply(work)
    return result


@cache
def _common() -> frozenset[str]:
    """Return the vendored list: one folded word or password a line, `#` begins a comment."""
    lines = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _is_common(folded: str) -> bool:
    if folded in _common() or len(set(folded)) < 5 or _repeats(folded) or _follows_a_row(folded):
        return True
    bare = folded.strip("0123456789 !?.,;:*+-_#$@&")
    letters = "".join(c for c in bare.translate(_SUBSTITUTES) if c.isalpha())
    return any(word in _common() or _repeats(word) for word in (bare, letters))


def _repeats(text: str) -> bool:
    """Return whether `text` is one short piece again and again, such as `abcabcabcabc`."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _follows_a_row(text: str) -> bool:
    """Return whether `text` runs along the alphabet, the digits or a keyboard, either way."""
    return any(text in row or text[::-1] in row for row in _ROWS)


def _words(text: str) -> list[str]:
    """Return what of a name or address is long enough to give a password away."""
    folded = fold(text)
    parts = [folded.partition("@")[0], *folded.replace("@", " ").replace(".", " ").split()]
    return [part for part in parts if len(part) >= 4]
