"""What tests ask for by name: the application on a real database, real Redis and a real mail server.

`app` empties the database and Redis after each test. Nothing is rolled back instead, because what is tested
commits.
"""

import contextvars
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import redis
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from hypothesis.database import DirectoryBasedExampleDatabase
from sqlalchemy.orm import scoped_session
from werkzeug.test import TestResponse

from config import ROOT
from hackitech.app import create_app
from hackitech.catalog.lookup import forget_types
from hackitech.core.database import db
from tests.database import CATALOGUE, Databases, PostgresDatabases, SqliteDatabases, delete_all_rows
from tests.mail_server import MailServer
from tests.services import PostgresServer, RedisServer
from tests.web_process import WebProcess

pytest_plugins = ["tests.realtime.fixtures"]
# Runs on one of the two databases only, so that it never counts as skipped on the other.
ONE_DATABASE = {"sqlite": {"postgres_only"}, "postgres": {"sqlite_only", "browser", "launch"}}
# About HTTP, words and other servers rather than the database: once is enough. That every page and operation
# answers on Postgres too is for those who visit them all (`test_sec_01_headers.py`, `admin/test_pages.py`).
ON_SQLITE_ALONE = {
    "accounts": (
        "test_auth_api", "test_confirmation", "test_export", "test_loader", "test_pages",
        "test_profile_pages", "test_visits",
    ),
    "admin": (
        "test_audit_pages", "test_compose_pages", "test_health_pages", "test_members_pages",
        "test_suppressions_pages",
        "test_tokens_pages", "test_topics_pages", "test_types_pages", "test_types_wording_pages",
    ),
    "channels": (
        "test_circuit", "test_email", "test_endpoints", "test_http_post", "test_mail_headers", "test_retry",
        "test_smtp_server", "test_transports", "test_vapid", "test_webhook", "test_webpush",
    ),
    "core": ("test_web",),
    "devices": ("test_pages",),
    "notifications": ("test_pages_actions", "test_pages_detail"),
    "preferences": ("test_pages", "test_settings_pages"),
    "realtime": ("test_load", "test_stream"),
    "security": (
        "test_sec_02_session_cookie", "test_sec_04_csrf", "test_sec_05_htmx", "test_sec_06_websocket",
        "test_sec_08_choices", "test_sec_09_push_endpoints", "test_sec_10_action_links", "test_sec_11_next",
        "test_sec_13_email_headers", "test_sec_14_unsubscribe", "test_sec_15_passwords",
        "test_sec_16_guessing", "test_sec_20_rate_limits", "test_sec_21_account_logs", "test_sec_22_secrets",
        "test_sec_24_reset",
    ),
    "tests": ("test_architecture",),
}  # fmt: skip
# What takes minutes in production takes a second here.
SETTINGS: dict[str, Any] = {
    "TESTING": True,
    "ENVIRONMENT": "test",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-tests",
    "BOUNCE_WEBHOOK_SECRET": "whsec_bWFpbC1wcm92aWRlcnMtc2VjcmV0LTEyMzQ1Njc4OTA=",
    "RATE_LIMIT_READS": 0,
    "RATE_LIMIT_WRITES": 0,
    "EMAIL_RETRY_DELAYS": [0.2],
    "PUSH_RETRY_DELAYS": [0.2],
    "REDIS_BACKOFF": 0.5,
    "SWEEP_INTERVAL": 0.5,
    "QUEUE_LEASE": 2.0,
    "HASHING_CONCURRENCY": 4,
}

IN_CI = os.environ.get("CI") == "true"
hypothesis_settings.register_profile(
    "project",
    # The same examples every time in CI; elsewhere new ones, and those that failed are remembered.
    derandomize=IN_CI,
    database=None if IN_CI else DirectoryBasedExampleDatabase(ROOT / "instance" / "cache" / "hypothesis"),
    deadline=None,
)
hypothesis_settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgres"), default="sqlite", help="run on this one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    foreign = ONE_DATABASE[config.getoption("--database")]
    for item in items:
        if item.path.stem in ON_SQLITE_ALONE.get(item.path.parent.name, ()):
            item.add_marker("sqlite_only")
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in foreign)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish() -> None:
    """Let the garbage collector not go again and again through what stays until the end."""
    gc.freeze()


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """A short path, as sockets need one, that a Postgres under another user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="notifi-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url(services_folder: Path) -> Iterator[str]:
    server = RedisServer(services_folder / "redis")
    yield server.url
    server.close()


@pytest.fixture(scope="session")
def postgres_server(services_folder: Path) -> Iterator[PostgresServer]:
    folder = services_folder / "postgres"
    folder.mkdir()
    server = PostgresServer(folder)
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty database."""
    return postgres_server.create("empty")


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


@pytest.fixture
def smtp_server(mail_server: MailServer) -> MailServer:
    """The mail server that the application sends to, without messages or scripted answers."""
    mail_server.reset()
    return mail_server


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, services_folder: Path, redis_url: str) -> Databases:
    """Copies of a database that is migrated and knows the notification types."""
    made: Databases
    if request.config.getoption("--database") == "postgres":
        made = PostgresDatabases(request.getfixturevalue("postgres_server"))
    else:
        made = SqliteDatabases(services_folder)
    app = create_app({**SETTINGS, "DATABASE_URL": made.template_url, "REDIS_URL": redis_url})
    with app.app_context():
        flask_migrate.upgrade()
        _sync_types(app)
        db.engine.dispose()
    return made


def _sync_types(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["types", "sync"])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="session")
def app_settings(
    databases: Databases, redis_url: str, mail_server: MailServer, services_folder: Path
) -> dict[str, Any]:
    """What the application under test is started with."""
    return {
        **SETTINGS,
        "DATABASE_URL": databases.copy(),
        "REDIS_URL": redis_url,
        "SMTP_URL": mail_server.url,
        "INSTANCE": str(services_folder),
    }


@pytest.fixture(scope="session")
def application(app_settings: dict[str, Any]) -> Iterator[Flask]:
    app = create_app(app_settings)
    app.test_client_class = Client
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(application: Flask, redis_url: str) -> Iterator[Flask]:
    """The application, with an empty database and Redis; no context is pushed."""
    yield application
    with application.app_context():
        delete_all_rows(db.engine)
    with redis.Redis.from_url(redis_url) as connection:
        connection.flushall()


@pytest.fixture
def db_session(app: Flask) -> Iterator[scoped_session[Any]]:
    """The session of an application context that lasts for the test."""
    with app.app_context():
        yield db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def make_client(app: Flask) -> Callable[[], FlaskClient]:
    """Make clients that share no cookies."""
    return app.test_client


@pytest.fixture
def own_types(app: Flask) -> Iterator[None]:
    """Let a test change types and their wording; what ships is put back after it."""
    tables = [db.metadata.tables[name] for name in CATALOGUE]
    with app.app_context(), db.engine.connect() as connection:
        shipped = [[dict(row) for row in connection.execute(table.select()).mappings()] for table in tables]
    yield
    with app.app_context():
        delete_all_rows(db.engine, keep=set(db.metadata.tables) - set(CATALOGUE))
        with db.engine.begin() as connection:
            for table, rows in zip(tables, shipped, strict=True):
                connection.execute(table.insert(), rows)
        forget_types()


@pytest.fixture(scope="session")
def live_server(app_settings: dict[str, Any]) -> Iterator[WebProcess]:
    """One web process for all tests that only talk to it."""
    server = WebProcess(app_settings)
    yield server
    server.end()


@pytest.fixture
def live_url(app: Flask, live_server: WebProcess) -> str:
    """The address of a real server on the database of `app`."""
    return live_server.url


class Client(FlaskClient):
    """A client whose requests see nothing of the test's own context, as over the network.

    The test's session commits first and reads anew afterwards, as two processes would.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            db.session.commit()
        try:
            return contextvars.Context().run(super().open, *args, **kwargs)
        finally:
            if has_app_context():
                db.session.expire_all()
