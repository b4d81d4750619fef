import pytest
from flask import Flask

from tests.admin.staff import Staff


@pytest.fixture
def admin(app: Flask, db_session: object) -> Staff:
    return Staff(app, name="Ada", email="ada@example.org")


@pytest.fixture
def organiser(app: Flask, db_session: object) -> Staff:
    return Staff(app, "organiser", name="Olga", email="olga@example.org")
