"""The conventions of the house: who may call what, what runs where, and what is said in every language."""

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import Environment
from jinja2.meta import find_referenced_templates

from config import ROOT, SETTINGS
from hackitech.app import create_app
from hackitech.channels.registry import CHANNELS, channel_keys
from hackitech.core.database import db
from hackitech.core.i18n import DEFAULT_LOCALE, LOCALES
from hackitech.core.transaction import atomic
from hackitech.models.notification import Notification
from hackitech.models.notification_type import NotificationType
from hackitech.models.type_channel import TypeChannel
from hackitech.notifications.notify import notify
from hackitech.supervisor.parts import WORKERS
from hackitech.worker import QUEUES
from tests.conftest import SETTINGS as TEST_SETTINGS
from tests.database import Databases
from tests.factories import make_user
from tests.typography import WRONG_IN_FRENCH

PACKAGE = ROOT / "hackitech"
TRANSLATIONS = PACKAGE / "translations"
# Every other route asks who is calling, and says which right it takes.
PUBLIC = {
    "static": "the same for everybody",
    "assets.bundle": "the same for everybody",
    "app_pages.manifest": "the same for everybody",
    "app_pages.service_worker": "the same for everybody",
    "auth.sign_in": "how one becomes somebody",
    "accounts_pages.login": "how one becomes somebody",
    "accounts_pages.sign_in": "how one becomes somebody",
    "accounts_pages.logout": "ends what there is",
    "accounts_pages.reset_request": "for those who forgot their password",
    "accounts_pages.send_reset": "for those who forgot their password",
    "accounts_pages.reset_confirm": "its signed link is the proof",
    "accounts_pages.reset_password": "its signed link is the proof",
    "accounts_pages.set_locale": "strangers read pages too",
    "accounts_pages.set_theme": "strangers read pages too",
    "profile_pages.goodbye": "for those who are nobody any more",
    "inbox_pages.home": "leads to the inbox, which asks",
    "email_events.report_email": "the mail provider's signature is the proof",
    "unsubscribe_pages.unsubscribe": "its signed link is the proof",
    "unsubscribe_pages.answer_link": "its signed link is the proof",
    "api_docs.index": "the contract says so",
    "api_docs.openapi": "the contract says so",
    "stream.upgrade_required": "its blueprint asks before the handshake",
    "stream.stream": "its blueprint asks before the handshake",
    "operations.healthz": "for supervisors",
    "operations.readyz": "for load balancers",
    "operations.metrics": "asks for a token, or for a caller on this machine",
}
LIMITS = {"RATE_LIMIT_READS", "RATE_LIMIT_WRITES", "RATE_LIMIT_REPORTS"}
# For those who run the project rather than for the project.
NOT_OURS = {"CI"}


def sources() -> str:
    return "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))


@pytest.mark.sqlite_only
def test_every_route_asks_who_is_calling_unless_it_is_known_as_public(app: Flask) -> None:
    open_to_all = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if not hasattr(view, "required_scope") and not hasattr(view, "required_session")
    }
    assert open_to_all == set(PUBLIC)


@pytest.mark.sqlite_only
def test_every_queue_has_one_worker_in_a_run_and_there_is_one_clock() -> None:
    served = [word for command in WORKERS.values() for word in command if word in QUEUES]
    clocks = [command for command in WORKERS.values() if command[0] == "hackitech.clock"]

    assert sorted(served) == sorted(QUEUES)
    assert set(CHANNELS) <= set(QUEUES)
    assert len(clocks) == 1


@pytest.mark.sqlite_only
def test_every_setting_is_read_somewhere() -> None:
    code = sources() + (ROOT / "config.py").read_text().partition("def load(")[2]
    unread = {setting.name for setting in SETTINGS if f'"{setting.name}"' not in code}

    assert unread - LIMITS == NOT_OURS
    assert 'f"RATE_LIMIT_{kind.upper()}"' in code


def schema_of(engine: sa.Engine) -> set[tuple[str, ...]]:
    """Return the name and text of everything that a migration can make."""
    if engine.dialect.name == "sqlite":
        statement = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    else:
        statement = """
            SELECT table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
              FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid > 0
            UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"""
    with engine.connect() as connection:
        return {tuple(map(str, row)) for row in connection.exec_driver_sql(statement)}


@pytest.fixture
def migrated(databases: Databases, redis_url: str) -> Iterator[Flask]:
    """An application on a database of its own, with the types in it."""
    app = create_app({**TEST_SETTINGS, "DATABASE_URL": databases.copy(), "REDIS_URL": redis_url})
    with app.app_context():
        yield app
        db.engine.dispose()


def test_migrations_build_what_the_models_say(migrated: Flask) -> None:
    flask_migrate.check()


def test_migrations_go_down_to_nothing_and_up_to_the_same_again(migrated: Flask) -> None:
    before = schema_of(db.engine)

    flask_migrate.downgrade(revision="base")
    left = sa.inspect(db.engine).get_table_names()
    flask_migrate.upgrade()

    assert left == ["alembic_version"]
    assert schema_of(db.engine) == before


REBUILD = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "rebuild", "{head}", None, None


def upgrade():
    with op.batch_alter_table("event", recreate="always"):
        pass
"""


@pytest.mark.sqlite_only
def test_a_table_that_a_migration_rebuilds_keeps_what_refers_to_it(migrated: Flask, tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    head = max(file.name[:4] for file in (folder / "versions").glob("*.py"))
    (folder / "versions" / "rebuild.py").write_text(REBUILD.format(head=head))
    member = make_user()
    with atomic():
        notify("announcement", recipients=[member], title="A", message="B")

    flask_migrate.upgrade(directory=str(folder))

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 1
    assert db.session.scalar(sa.text("PRAGMA foreign_keys")) == 1


@pytest.mark.sqlite_only
def test_migrations_are_numbered_in_one_line() -> None:
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    found = [re.findall(r"^(?:down_)?revision = (.+)$", file.read_text(), re.MULTILINE) for file in files]
    numbers = [f'"{number:04}"' for number in range(1, len(files) + 1)]

    assert found == [
        [number, previous] for number, previous in zip(numbers, ["None", *numbers], strict=False)
    ]
    assert all(file.name.startswith(number.strip('"')) for file, number in zip(files, numbers, strict=True))


def test_every_type_says_what_it_does_on_every_channel(app: Flask) -> None:
    with app.app_context():
        types = set(db.session.scalars(sa.select(NotificationType.key)))
        pairs = sa.select(TypeChannel.notification_type, TypeChannel.channel)
        stored = {(key, channel) for key, channel in db.session.execute(pairs)}

    assert len(types) >= 14
    assert stored == {(key, channel) for key in types for channel in channel_keys()}


@pytest.mark.sqlite_only
def test_every_template_compiles_and_is_used(app: Flask) -> None:
    environment: Environment = app.jinja_env
    names = environment.list_templates()
    rendered = {name for name in names if f'"{name}"' in sources()}
    referenced: set[str | None] = set()
    for name in names:
        environment.get_template(name)
        source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
        referenced |= set(find_referenced_templates(environment.parse(source)))

    assert set(names) == rendered | referenced


@pytest.mark.sqlite_only
def test_a_whole_page_is_never_included_and_a_fragment_never_extends(app: Flask) -> None:
    for path in (PACKAGE / "templates").rglob("*.html"):
        text = path.read_text()
        included = re.findall(r'{%-?\s*(?:include|import|from) "([^"]+)"', text)
        assert all(name.rpartition("/")[2].startswith("_") for name in included), path
        assert not (path.name.startswith("_") and "{%- extends" in text), path


def said_in_code() -> set[str | tuple[str, ...]]:
    """Return every text that is marked for translation: a string, or singular and plural."""
    with (TRANSLATIONS / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(PACKAGE, methods, options)
    return {message for _, _, message, _, _ in found}


def catalogue(locale: str) -> Catalog:
    with (TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po").open("rb") as po:
        return read_po(po, locale=locale)


def texts(message: str | Iterable[str] | None) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message or ())


TRANSLATED = [locale for locale in LOCALES if locale != "en"]  # English is what the code says


@pytest.mark.sqlite_only
@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_text_is_translated_and_no_translation_is_left_over(locale: str) -> None:
    messages = {message.id: message for message in catalogue(locale) if message.id}

    assert set(messages) == said_in_code()
    assert not [key for key, message in messages.items() if message.fuzzy]
    assert not [key for key, message in messages.items() if not all(texts(message.string))]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("locale", TRANSLATED)
def test_translations_fill_in_what_the_text_does(locale: str) -> None:
    holes = re.compile(r"%\(\w+\)[sd]")
    for message in catalogue(locale):
        wanted = {hole for text in texts(message.id) for hole in holes.findall(text)}
        given = {hole for text in texts(message.string) for hole in holes.findall(text)}
        assert not message.id or given == wanted, message.id


@pytest.mark.sqlite_only
def test_the_french_of_pages_is_set_as_french() -> None:
    assert DEFAULT_LOCALE == "fr"
    wrong = [
        text
        for message in catalogue("fr")
        for text in texts(message.string)
        if message.id and WRONG_IN_FRENCH.search(text)
    ]
    assert not wrong
