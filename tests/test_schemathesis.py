"""Every operation of the OpenAPI document, fed with what its schema allows and with what it does not."""

from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.callers import Caller, make_caller
from tests.notifications.mailbox import make_topic, receive

pytestmark = pytest.mark.postgres_only

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 3}
NOT_YET = 501
Make = Callable[[], Caller]


@pytest.fixture(params=["member", "admin"])
def make(request: pytest.FixtureRequest, app: Flask, db_session: object) -> Make:
    """Make a member of that role, with everything that the document's paths may name."""
    scopes = ("read", "write", "send", "admin") if request.param == "admin" else ("read", "write", "send")
    make_topic("rust")
    return lambda: make_caller(app, request.param, scopes)


def test_no_input_is_a_server_error_and_every_answer_is_as_documented(app: Flask, make: Make):
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    operations: list[Any] = [found.ok() for found in list[Any](schema.get_all_operations())]
    assert len(operations) > 40
    for operation in operations:
        caller = make()
        existing = _existing(caller)
        for mode in GenerationMode:
            _try(operation, mode, caller, existing)


def _try(operation: Any, mode: GenerationMode, caller: Caller, existing: dict[str, Any]) -> None:
    """Call an operation with generated input, half of the time about something that exists."""

    @hypothesis.settings(max_examples=EXAMPLES[mode], suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def call(case: Any, known: bool) -> None:
        if known:
            case.path_parameters |= {k: v for k, v in existing.items() if k in case.path_parameters}
        response = case.call(headers=caller.headers)
        if response.status_code != NOT_YET:
            case.validate_response(response, checks=CHECKS)

    call()


def _existing(caller: Caller) -> dict[str, Any]:
    """Return what path parameters may name so that there is something to answer."""
    number = receive(caller)
    shown = caller.get(f"notifications/{number}/").get_json()
    choice = {"notification_type": "comment", "channel": "email", "enabled": False}
    return {
        "notification_id": number,
        "event_id": shown["event"],
        "preference_id": caller.post("preferences/", choice).get_json()["id"],
        "user_id": caller.id,
        "key": "rust",
    }
