"""The site's health for a page: checks side by side, none of which keeps the page waiting for long."""

import datetime as dt
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

import structlog
from flask import Flask, current_app

from hackitech.core import clock
from hackitech.core.i18n import N_
from hackitech.operations.doctor import Check, Finding, Words, look_at

log = structlog.get_logger()
FRESH_FOR = dt.timedelta(seconds=10)
PATIENCE = 2.0
"""Seconds that the page waits for all checks together; slower ones go on, for whoever asks next."""


class Reading(NamedTuple):
    """What a check found, and when; None where it has not answered yet."""

    part: str
    finding: Finding | None
    at: dt.datetime | None
    fresh: bool


class Checkup:
    """What each check of this process found last; one that hangs is not begun again."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._found: dict[str, tuple[Finding, dt.datetime]] = {}
        self._running: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    def read(self, app: Flask) -> list[Reading]:
        """Return a reading of each part, looking again where the last one is no longer fresh."""
        with self._lock:
            for part in self._checks:
                if not self._is_fresh(part) and part not in self._running:
                    self._begin(app, part)
            threads = list(self._running.values())
        deadline = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [self._reading(part) for part in self._checks]

    def _begin(self, app: Flask, part: str) -> None:
        thread = threading.Thread(target=self._look, args=(app, part), daemon=True)
        self._running[part] = thread
        thread.start()

    def _look(self, app: Flask, part: str) -> None:
        try:
            with app.app_context():
                finding = look_at(part, self._checks[part])
        except Exception as error:
            log.exception("check_failed", part=part)
            text = N_("it could not be looked at (%(cause)s)")
            finding = Finding(part, "error", Words(text, {"cause": type(error).__name__}))
        with self._lock:
            self._found[part] = finding, clock.now()
            del self._running[part]

    def _is_fresh(self, part: str) -> bool:
        return part in self._found and clock.now() - self._found[part][1] < FRESH_FOR

    def _reading(self, part: str) -> Reading:
        finding, at = self._found.get(part, (None, None))
        return Reading(part, finding, at, self._is_fresh(part))


def checkup(checks: Mapping[str, Check]) -> list[Reading]:
    """Return how each part does, as this process knows it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    kept: Checkup = app.extensions.setdefault("checkup", Checkup(checks))
    return kept.read(app)
