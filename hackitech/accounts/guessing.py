"""Slow down those who guess passwords; what they guess right is not counted."""

import threading
import time
from dataclasses import dataclass

from flask import Flask, current_app
from limits import RateLimitItem

from hackitech.accounts.tokens import digest
from hackitech.core.errors import TooManyRequests
from hackitech.core.rate_limit import per_hour, per_minute, rest_of_window, tally

FIRST_DELAY = 0.5
LONGEST_DELAY = 8.0
_PATIENT = 4
_SEMAPHORE = "slowed_guesses"


def init_guessing(app: Flask) -> None:
    """Cap how many slowed tries this process lets wait at the same time."""
    app.extensions[_SEMAPHORE] = threading.BoundedSemaphore(_PATIENT)


@dataclass(frozen=True, slots=True)
class Guess:
    """One try at an account (by email address, known or not) from an IP address."""

    purpose: str
    email: str
    address: str

    def allow(self) -> None:
        """Count this try, and wait where the account has had many.

        Raises:
            TooManyRequests: too many for this account and address in a minute, or for the address in an hour.
        """
        for item, who in self._hard_limits():
            if item.amount and tally(item, *who) > item.amount:
                raise TooManyRequests("Too many tries.", retry_after=rest_of_window(item, *who))
        item, who = self._soft_limit()
        if item.amount:
            _wait(tally(item, *who) - item.amount)

    def forgive(self) -> None:
        """Take this try back: it was not a guess."""
        for item, who in (*self._hard_limits(), self._soft_limit()):
            if item.amount:
                tally(item, *who, amount=-1)

    def _hard_limits(self) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
        config = current_app.config
        return (
            (per_minute(config["LOGIN_PER_MINUTE"]), (self.purpose, self._account, self.address)),
            (per_hour(config["LOGIN_PER_HOUR_ADDRESS"]), (self.purpose, "address", self.address)),
        )

    def _soft_limit(self) -> tuple[RateLimitItem, tuple[str, ...]]:
        return per_hour(current_app.config["LOGIN_PER_HOUR_ACCOUNT"]), (
            self.purpose,
            "account",
            self._account,
        )

    @property
    def _account(self) -> str:
        """Return what stands for the account in Redis, which is no place for addresses."""
        return digest(self.email)[:32]


def _wait(excess: int) -> None:
    """Wait twice as long at each try beyond the limit: a lock would let anyone shut a member out."""
    if excess <= 0:
        return
    delay = min(FIRST_DELAY * 2 ** (min(excess, 16) - 1), LONGEST_DELAY)
    patience: threading.BoundedSemaphore = current_app.extensions[_SEMAPHORE]
    if not patience.acquire(blocking=False):  # waiting holds a thread, and they must not hold them all
        raise TooManyRequests("Too many tries.", retry_after=delay)
    try:
        time.sleep(delay)
    finally:
        patience.release()
