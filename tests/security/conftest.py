import pytest
from flask import Flask

from tests.callers import People, make_people


@pytest.fixture
def people(app: Flask, db_session: object) -> People:
    return make_people(app)
