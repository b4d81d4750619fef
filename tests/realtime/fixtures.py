"""A web process that all tests of the stream share, and the platform as another process beside it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from hackitech.app import create_app
from hackitech.core.database import db
from hackitech.models.user import User
from tests.database import Databases, delete_all_rows
from tests.factories import bearer
from tests.realtime.server import Listener, WebProcess


@pytest.fixture(scope="session")
def web_settings(databases: Databases, app_settings: dict[str, Any]) -> dict[str, Any]:
    return {**app_settings, "DATABASE_URL": databases.copy()}


@pytest.fixture(scope="session")
def web(web_settings: dict[str, Any]) -> Iterator[WebProcess]:
    server = WebProcess(web_settings, PRINCIPAL_RECHECK="1s", ALLOWED_ORIGINS="https://app.hackitech.example")
    yield server
    server.close()


@pytest.fixture(scope="session")
def platform_app(web_settings: dict[str, Any]) -> Iterator[Flask]:
    app = create_app(web_settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def platform(platform_app: Flask) -> Iterator[Flask]:
    """A context in which to call `notify()` and services; the rows go after the test."""
    with platform_app.app_context():
        yield platform_app
        db.session.remove()
        delete_all_rows(db.engine)


@pytest.fixture
def start_web(web_settings: dict[str, Any]) -> Iterator[Callable[..., WebProcess]]:
    """Start a server of the test's own, with further settings or options of gunicorn."""
    started: list[WebProcess] = []

    def start(*arguments: str, **changes: str) -> WebProcess:
        started.append(WebProcess(web_settings, *arguments, **changes))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def listen(web: WebProcess) -> Iterator[Callable[..., Listener]]:
    """Open streams on the shared server that end with the test."""
    opened: list[Listener] = []

    def open_one(member: User, query: str = "", **options: Any) -> Listener:
        opened.append(web.listen(bearer(member), query, **options))
        return opened[-1]

    yield open_one
    for stream in opened:
        stream.close()
