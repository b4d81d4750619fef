from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.admin.browsing import Browser, browser_of


@pytest.fixture
def admin(make_client: Callable[[], FlaskClient], db_session: object) -> Browser:
    return browser_of(make_client(), name="Ada", email="ada@example.org")


@pytest.fixture
def organiser(make_client: Callable[[], FlaskClient], db_session: object) -> Browser:
    return browser_of(make_client(), "organiser", name="Olga", email="olga@example.org")
