"""A catalogue of one small type, written anew for each test, and a database for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from hackitech.core.database import Base, db
from hackitech.models.notification_type import NotificationType
from hackitech.models.template_version import TemplateVersion
from hackitech.models.type_channel import TypeChannel
from hackitech.models.user import User
from tests.catalog.samples import SMALL

TABLES = (User, NotificationType, TypeChannel, TemplateVersion)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "room_change.toml").write_text(SMALL, encoding="utf-8")
    return tmp_path


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = Flask("catalogue")
    url = f"sqlite:///{tmp_path / 'catalogue.db'}"
    app.config.update(SQLALCHEMY_DATABASE_URI=url, CATALOG_CACHE=60.0)
    db.init_app(app)
    with app.app_context():
        Base.metadata.create_all(
            db.engine, tables=[Base.metadata.tables[model.__tablename__] for model in TABLES]
        )
        yield app
        db.session.remove()
        db.engine.dispose()
