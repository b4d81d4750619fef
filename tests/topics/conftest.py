from typing import Any

import pytest
from flask import Flask

from tests.callers import Caller, People, make_people


@pytest.fixture
def people(app: Flask, db_session: object) -> People:
    return make_people(app)


def make_topic(manager: Caller, key: str, **changes: Any) -> dict:
    """Create an open topic by the API."""
    response = manager.post("topics/", {"key": key, "label": key.title(), "open": True, **changes})
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.get_json()


def put_into(manager: Caller, key: str, member: Caller) -> dict:
    """Put somebody into a topic by the API."""
    response = manager.put(f"topics/{key}/members/{member.id}/")
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()
